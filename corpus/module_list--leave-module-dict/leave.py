"""Experts by name; a plain dict only maps names to registered modules."""
import torch
from torch import nn


class Experts(nn.Module):
    def __init__(self, names):
        super().__init__()
        self.index = {name: i for i, name in enumerate(names)}
        self.experts = nn.ModuleDict({name: nn.Linear(3, 2) for name in names})
        self.router = nn.Linear(3, len(names))
        self.by_rank = [self.experts[name] for name in sorted(names)]   # the same modules, again

    def forward(self, x):
        gate = self.router(x).softmax(-1)
        return sum(gate[:, self.index[n], None] * self.experts[n](x) for n in self.index)


torch.manual_seed(1040)
net = Experts(["north", "east", "south"])
opt = torch.optim.Adam(net.parameters(), lr=0.05)
x = torch.randn(28, 3)
y = torch.where(x[:, :1] > 0, x[:, 1:], -x[:, :2])
for i in range(5):
    loss = nn.functional.smooth_l1_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}")
print(all(m.weight.grad.abs().sum() > 0 for m in net.by_rank))
