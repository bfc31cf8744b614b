"""Climb a unit's activation by changing the image, with jitter and normalised steps."""
import torch
from torch import nn

torch.manual_seed(230)
body = nn.Sequential(nn.Conv2d(2, 5, 3, padding=1), nn.Softplus(), nn.Conv2d(5, 4, 3, padding=1))
for weight in body.parameters():
    weight.requires_grad = False

img = 0.1 * torch.randn(1, 2, 12, 12)
for octave in range(2):
    img = nn.functional.interpolate(img, scale_factor=1.25, mode="bilinear", align_corners=False)
    for step in range(4):
        img = img.detach().requires_grad_(True)
        shift = step % 3
        act = body(torch.roll(img, shift, dims=-1))[:, 2].mean()
        act.backward()
        g = img.grad
        img = img.data + 0.3 * g / (g.abs().mean() + 1e-9)
        print(octave, step, f"{act.item():.5f}")
