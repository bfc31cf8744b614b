"""Which inputs does a fixed classifier look at? Only the input needs a gradient."""
import torch
from torch import nn

torch.manual_seed(210)
net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 36, 4)).eval()
net.requires_grad_(False)


def saliency(image, label=None):
    image = image.unsqueeze(0).requires_grad_()
    scores = net(image)
    label = scores.argmax(1).item() if label is None else label
    scores[0, label].backward()
    return image.grad.abs().amax(dim=1).squeeze(0), label


def smooth(image, draws=4, sigma=0.1):
    _, label = saliency(image.clone())
    maps = [saliency(image + sigma * torch.randn_like(image), label)[0] for _ in range(draws)]
    return torch.stack(maps).mean(0)


picture = torch.rand(1, 8, 8)
m, label = saliency(picture.clone())
print("class", label, "peak at", divmod(int(m.argmax()), 8), f"{m.max().item():.5f}")
print(f"{smooth(picture).sum().item():.5f}")
print(all(p.grad is None for p in net.parameters()))
