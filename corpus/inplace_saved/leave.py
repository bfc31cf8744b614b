"""Harmless in-place operations: nothing that backward needs is overwritten."""
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.a, self.b = nn.Linear(d, d), nn.Linear(d, d)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        h = self.b(self.act(self.a(x)))
        h += x
        return h


torch.manual_seed(500)
net = nn.Sequential(Residual(5), Residual(5), nn.Linear(5, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(30, 5)
y = x[:, :1].abs()
for _ in range(4):
    out = net(x)
    out -= y                       # a linear output is not needed by its own backward
    loss = out.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}", all(p.grad.abs().sum() > 0 for p in net.parameters()))
