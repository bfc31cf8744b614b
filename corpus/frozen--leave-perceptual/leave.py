"""A perceptual loss through a frozen network: its weights stay, but the gradient passes through it."""
import torch
from torch import nn

torch.manual_seed(960)
judge = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2), nn.ReLU(), nn.Conv2d(4, 8, 3)).eval()
for p in judge.parameters():
    p.requires_grad = False
upscale = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, 3, padding=1))
opt = torch.optim.Adam(upscale.parameters(), lr=0.02)
big = torch.rand(3, 1, 12, 12)
small = nn.functional.avg_pool2d(big, 2)
with torch.no_grad():
    reference = judge(big)
for step in range(5):
    guess = upscale(small)
    loss = (judge(guess) - reference).pow(2).mean() + 0.1 * (guess - big).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.6f}")
