import torch
from torch import nn

torch.manual_seed(71)


class Allocator(nn.Module):
    """Splits a budget over servers; features in, shares out."""

    def __init__(self, servers=5):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, servers))

    def forward(self, demand):
        return torch.softmax(self.net(demand), dim=-1)


def makespan(shares, speed):
    finish = shares / speed
    return finish.max()


def imbalance(shares):
    average = shares.sum() / len(shares)
    return ((shares - average) ** 2).sum()


speed = torch.tensor([1.0, 0.8, 1.5, 1.1, 0.6])
demand = torch.randn(4)
allocator = Allocator()
opt = torch.optim.Adam(allocator.parameters(), lr=0.02)

for i in range(3):
    opt.zero_grad()
    shares = allocator(demand)
    loss = makespan(shares, speed) + 0.1 * imbalance(shares)
    print(f"round {i}, makespan with penalty {loss:.4f}")
    loss.backward()
    opt.step()
