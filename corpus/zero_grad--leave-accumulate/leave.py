"""Gradients pile up over four small batches before every step; the rest is stepped at the end."""
import torch
from torch import nn

torch.manual_seed(1510)
net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
x = torch.randn(44, 5)
y = x[:, :1] * x[:, 1:2]
EVERY = 4
opt.zero_grad()
pending = 0
for i, (xb, yb) in enumerate(zip(x.split(4), y.split(4))):
    loss = nn.functional.mse_loss(net(xb), yb) / EVERY
    loss.backward()
    pending += 1
    if pending == EVERY:
        print(i, f"|g| {nn.utils.clip_grad_norm_(net.parameters(), 5.0).item():.5f}")
        opt.step()
        opt.zero_grad()
        pending = 0
if pending:
    opt.step()
    opt.zero_grad()
print(all(p.grad is None for p in net.parameters()), "left over:", pending)
