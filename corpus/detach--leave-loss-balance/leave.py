"""Every task's loss is divided by its own size, so that no task drowns the others."""
import torch
from torch import nn

torch.manual_seed(17)
trunk = nn.Linear(4, 8)
heads = nn.ModuleDict({"speed": nn.Linear(8, 1), "mass": nn.Linear(8, 1)})
opt = torch.optim.SGD([*trunk.parameters(), *heads.parameters()], lr=0.02)

x = torch.randn(20, 4)
truth = {"speed": x.sum(1, keepdim=True) * 100, "mass": x[:, :1] * 0.01}

for step in range(4):
    h = torch.relu(trunk(x))
    losses = {name: (head(h) - truth[name]).pow(2).mean() for name, head in heads.items()}
    total = sum(value / (value.detach() + 1e-12) for value in losses.values())
    opt.zero_grad()
    total.backward()
    opt.step()
    print(step, {k: round(v.item(), 4) for k, v in losses.items()})
