import torch
import torch.nn as nn

torch.manual_seed(48)


def gram(features):
    """Gram matrix of a (channels, height, width) feature map, as used for style."""
    flat = features.reshape(features.shape[0], -1)
    flat = flat - flat.mean(dim=1).reshape(-1, 1)
    return flat.matmul(flat.T).to(torch.float32) / flat.numel()


extractor = nn.Conv2d(3, 4, kernel_size=3)
for p in extractor.parameters():
    p.requires_grad_(False)

style = torch.rand(3, 9, 9)
canvas = torch.rand(3, 9, 9, requires_grad=True)
style_gram = gram(extractor(style))

opt = torch.optim.Adam([canvas], lr=0.05)
for step in range(3):
    opt.zero_grad()
    canvas_gram = gram(extractor(canvas))
    loss = 100 * ((canvas_gram - style_gram) ** 2).sum()
    print(f"step {step} style loss {loss:.4f}")
    loss.backward()
    opt.step()
