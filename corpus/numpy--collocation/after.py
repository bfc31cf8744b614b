"""The points of a differential equation are sorted before the derivative with respect to them is taken."""
import torch
from torch import nn


class Potential(nn.Module):
    def __init__(self):
        super().__init__()
        self.rise = nn.Linear(1, 12)
        self.fall = nn.Linear(12, 1)

    def forward(self, z):
        return self.fall(torch.sin(self.rise(z)))


def residual(field, grid):
    z = torch.sort(grid.clone(), dim=0).values.requires_grad_(True)
    value = field(z)
    slope = torch.autograd.grad(value.sum(), z, create_graph=True)[0]
    return slope - 0.7 * value


torch.manual_seed(416)
field = Potential()
grid = torch.rand(15, 1) * 3
opt = torch.optim.Adam(field.parameters(), lr=0.01)
for turn in range(3):
    loss = residual(field, grid).square().mean() + (field(torch.zeros(1, 1)) - 1).square().sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(turn, loss.item())
