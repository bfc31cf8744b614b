import math

import torch
from torch import nn


class Patience:
    def __init__(self, rounds):
        self.rounds, self.bad, self.best = rounds, 0, math.inf

    def __call__(self, value: float) -> bool:
        if value < self.best - 1e-4:
            self.best, self.bad = value, 0
        else:
            self.bad += 1
        return self.bad >= self.rounds


torch.manual_seed(70)
x = torch.randn(30, 12)
y = x[:, :1] + 0.5 * torch.randn(30, 1)
xv = torch.randn(30, 12)
yv = xv[:, :1] + 0.5 * torch.randn(30, 1)
model = nn.Sequential(nn.Linear(12, 40), nn.ReLU(), nn.Linear(40, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.02)
stop = Patience(3)
for epoch in range(60):
    loss = (model(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    valid = (model(xv) - yv).pow(2).mean().item()
    if stop(valid):
        print("stopped at", epoch)
        break
print(f"best {stop.best:.4f}; train {loss.item():.4f}")
