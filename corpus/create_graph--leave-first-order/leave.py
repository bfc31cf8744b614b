"""Reptile and first-order MAML leave the second derivative out, on purpose."""
import copy

import torch
from torch import nn


def sample_task():
    a, b = 1 + torch.rand(1), torch.randn(1)
    x = torch.linspace(-1, 1, 16).unsqueeze(1)
    return x, a * x + b


torch.manual_seed(1430)
meta = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
outer = torch.optim.Adam(meta.parameters(), lr=0.02)
for it in range(4):
    outer.zero_grad()
    seen = 0.0
    for _ in range(3):
        x, y = sample_task()
        learner = copy.deepcopy(meta)
        inner = torch.optim.SGD(learner.parameters(), lr=0.1)
        for _ in range(2):
            inner.zero_grad()
            (learner(x[::2]) - y[::2]).pow(2).mean().backward()
            inner.step()
        query = (learner(x[1::2]) - y[1::2]).pow(2).mean()
        grads = torch.autograd.grad(query, learner.parameters())
        for p, g in zip(meta.parameters(), grads):
            p.grad = g / 3 if p.grad is None else p.grad + g / 3
        seen += query.item() / 3
    outer.step()
    print(it, f"{seen:.5f}")
