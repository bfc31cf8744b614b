"""Truncated backpropagation: the state crosses the windows without its graph, each window is differentiated once."""
import torch
from torch import nn

torch.manual_seed(419)
series = torch.sin(torch.linspace(0, 12, 61)).reshape(1, 61, 1)
cell = nn.GRU(1, 6, batch_first=True)
head = nn.Linear(6, 1)
optimizer = torch.optim.SGD([*cell.parameters(), *head.parameters()], lr=0.05)
state = torch.zeros(1, 1, 6)
for start in range(0, 60, 20):
    window, target = series[:, start : start + 20], series[:, start + 1 : start + 21]
    out, state = cell(window, state)
    loss = (head(out) - target).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    state = state.detach()
    print(start, f"{loss.item():.5f}")
