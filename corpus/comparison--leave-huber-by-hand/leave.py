"""Robust regression with masks, a quantile head and a triggered penalty, all by comparison."""
import torch
from torch import nn


def huber(r, delta=1.0):
    small = r.abs() <= delta
    out = torch.empty_like(r)
    out[small] = 0.5 * r[small] ** 2
    out[~small] = delta * (r[~small].abs() - 0.5 * delta)
    return out.mean()


def pinball(r, q):
    return torch.where(r > 0, q * r, (q - 1) * r).mean()


torch.manual_seed(1940)
x = torch.rand(50, 1) * 4
y = 1.5 * x + 0.5 + torch.randn(50, 1) * (torch.rand(50, 1) < 0.2) * 5
net = nn.Linear(1, 2)
opt = torch.optim.Adam(net.parameters(), lr=0.1)
for i in range(10):
    centre, upper = net(x).split(1, dim=1)
    crossing = (centre > upper).float() * (centre - upper)
    loss = huber(y - centre) + pinball(y - upper, 0.9) + crossing.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 3 == 0:
        print(i, f"{loss.item():.5f}", f"covered {(y <= upper).float().mean().item():.2f}")
