"""Keypoints as the expectation under a heat map; the hard argmax is only reported."""
import torch
from torch import nn

torch.manual_seed(2050)
N = 9
axis = torch.arange(N, dtype=torch.float32)


def soft_argmax(heat, sharp=5.0):
    p = (sharp * heat.flatten(1)).softmax(1).view(-1, N, N)
    return torch.stack([p.sum(1) @ axis, p.sum(2) @ axis], dim=1)


def hard_argmax(heat):
    flat = heat.flatten(1).argmax(1)
    return torch.stack([flat % N, torch.div(flat, N, rounding_mode="floor")], 1)


points = torch.randint(1, N - 1, (16, 2))
imgs = torch.zeros(16, 1, N, N)
imgs[torch.arange(16), 0, points[:, 1], points[:, 0]] = 1
imgs = imgs + 0.1 * torch.randn_like(imgs)
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
opt = torch.optim.Adam(net.parameters(), lr=0.03)
for i in range(6):
    heat = net(imgs).squeeze(1)
    loss = (soft_argmax(heat) - points.float()).pow(2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    exact = (hard_argmax(heat) == points).all(1).float().mean()
    print(i, f"{loss.item():.5f} exact {exact.item():.3f}")
