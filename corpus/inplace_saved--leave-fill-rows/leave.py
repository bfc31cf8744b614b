"""A result tensor is filled row by row; each write keeps its history."""
import torch
from torch import nn

torch.manual_seed(510)
step_net = nn.Linear(2, 2)
start = nn.Parameter(torch.tensor([1.0, 0.0]))
opt = torch.optim.Adam([start, *step_net.parameters()], lr=0.01)

k = torch.arange(12) * 0.3
target = torch.stack([k.cos(), k.sin()], dim=1)


def rollout(n):
    path = torch.zeros(n, 2)
    here = start
    for i in range(n):
        path[i] = here
        here = here + 0.3 * torch.tanh(step_net(here))
    return path


for it in range(6):
    loss = (rollout(12) - target).pow(2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, f"{loss.item():.5f} start grad {start.grad.norm().item():.5f}")
