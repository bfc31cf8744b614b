"""floor finds the cell, the fraction carries the gradient: linear lookup in a learned table."""
import torch
from torch import nn


class Table(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.values = nn.Parameter(torch.zeros(n))
        self.stretch = nn.Parameter(torch.tensor(0.8))

    def forward(self, u):
        pos = (u * self.stretch).clamp(0, 0.999) * (len(self.values) - 1)
        cell = torch.floor(pos)
        frac = pos - cell
        i = cell.long()
        return self.values[i] * (1 - frac) + self.values[i + 1] * frac


torch.manual_seed(2110)
u = torch.rand(80)
y = (6 * u).sin()
table = Table(9)
opt = torch.optim.Adam(table.parameters(), lr=0.1)
for k in range(12):
    loss = (table(u) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if k % 3 == 2:
        print(k, f"{loss.item():.5f} stretch {table.stretch.item():.4f} grad {table.stretch.grad.item():+.5f}")
