"""Prioritised replay: TD errors leave as a list, come back later as sampling weights."""
import random

import torch
from torch import nn

random.seed(2)
torch.manual_seed(2)
value = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.SGD(value.parameters(), lr=0.05)

states = torch.randn(50, 3)
returns = states[:, 0] * 2 - states[:, 2].abs()
priority = [1.0] * 50

for step in range(6):
    probs = torch.tensor(priority) / sum(priority)
    chosen = random.choices(range(50), weights=priority, k=10)
    idx = torch.tensor(chosen)
    weights = (50 * probs[idx]) ** -0.5
    weights = weights / weights.max()
    td = returns[idx] - value(states[idx]).squeeze(1)
    loss = (weights * td**2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    for i, err in zip(chosen, td.abs().tolist()):
        priority[i] = err + 1e-3
    print(step, f"{loss.item():.4f} max priority {max(priority):.3f}")
