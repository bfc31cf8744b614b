"""Layers in lists, every one registered."""
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])
        self.norms = nn.ModuleList(nn.LayerNorm(w) for w in widths[1:-1])
        self.gains = nn.ParameterList([torch.ones(1) for _ in self.norms])

    def forward(self, x):
        for layer, norm, gain in zip(self.layers, self.norms, self.gains):
            x = torch.relu(gain * norm(layer(x)))
        return self.layers[-1](x)


torch.manual_seed(1000)
net = Stack([3, 8, 8, 1])
opt = torch.optim.Adam(net.parameters(), lr=0.02)
x = torch.randn(25, 3)
y = x.max(1, keepdim=True).values
for i in range(4):
    loss = (net(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}", sum(p.grad is not None for p in net.parameters()), "of", len(list(net.parameters())))
