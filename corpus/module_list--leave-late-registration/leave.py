"""Collected in a list first, registered by nn.Sequential(*list) and add_module after."""
import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, depth, width):
        super().__init__()
        blocks = []
        for _ in range(depth):
            blocks += [nn.Linear(width, width), nn.SELU()]
        self.body = nn.Sequential(*blocks)
        self.heads = []
        for k in range(2):
            head = nn.Linear(width, 1)
            self.add_module(f"head{k}", head)
            self.heads.append(head)

    def forward(self, x):
        h = self.body(x)
        return [head(h) for head in self.heads]


torch.manual_seed(1050)
tower = Tower(2, 5)
opt = torch.optim.SGD(tower.parameters(), lr=0.02)
x = torch.randn(20, 5)
for _ in range(4):
    low, high = tower(x)
    q = x.sum(1, keepdim=True)
    loss = torch.max(0.9 * (q - high), -0.1 * (q - high)).mean() + torch.max(0.1 * (q - low), -0.9 * (q - low)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
