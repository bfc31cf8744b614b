"""N copies of one layer, the usual way to build an encoder; all of them learn."""
import copy

import torch
from torch import nn


def clones(layer, n):
    return nn.ModuleList([copy.deepcopy(layer) for _ in range(n)])


class Encoder(nn.Module):
    def __init__(self, layer, n):
        super().__init__()
        self.layers = clones(layer, n)

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x


torch.manual_seed(1810)
net = nn.Sequential(Encoder(nn.Sequential(nn.Linear(4, 4), nn.Tanh()), 3), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(30, 4)
y = x.abs().mean(1, keepdim=True)
for i in range(4):
    loss = (net(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}", [f"{l[0].weight.grad.norm().item():.4f}" for l in net[0].layers])
