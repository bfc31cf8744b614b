"""Truncated backpropagation through time: the state is carried over, its history is not."""
import torch
from torch import nn

torch.manual_seed(0)
WINDOW = 8

cell = nn.GRUCell(1, 6)
readout = nn.Linear(6, 1)
opt = torch.optim.RMSprop(list(cell.parameters()) + list(readout.parameters()), lr=0.01)

t = torch.arange(0, 65) * 0.2
wave = torch.sin(t) * torch.cos(0.3 * t)


def repackage(state):
    return state.detach()


h = torch.zeros(1, 6)
for start in range(0, 64, WINDOW):
    h = repackage(h)
    loss = torch.zeros(())
    for k in range(start, start + WINDOW):
        h = cell(wave[k].view(1, 1), h)
        loss = loss + (readout(h).squeeze() - wave[k + 1]) ** 2
    loss = loss / WINDOW
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
    opt.step()
    print(start, f"{loss.item():.5f}")
