"""Optimise an image until its feature correlations match those of another one."""
import torch
from torch import nn

torch.manual_seed(14)
features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1)).eval()
for p in features.parameters():
    p.requires_grad_(False)


def gram(f):
    b, c, h, w = f.shape
    m = f.reshape(c, h * w)
    return m @ m.T / (c * h * w)


content = torch.rand(1, 1, 10, 10)
style = (torch.arange(100).reshape(1, 1, 10, 10) % 7) / 7.0
content_target = features(content).detach()
style_target = gram(features(style)).detach()

canvas = content.clone().requires_grad_(True)
opt = torch.optim.Adam([canvas], lr=0.03)
for step in range(6):
    f = features(canvas)
    loss = 0.1 * (f - content_target).pow(2).mean() + 50 * (gram(f) - style_target).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        canvas.clamp_(0, 1)
    print(step, f"{loss.item():.5f}")
