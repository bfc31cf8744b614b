"""Adversarial training that switches the critic's requires_grad off while the generator moves."""
import contextlib

import torch
from torch import nn


@contextlib.contextmanager
def still(module):
    for p in module.parameters():
        p.requires_grad_(False)
    try:
        yield module
    finally:
        for p in module.parameters():
            p.requires_grad_(True)


torch.manual_seed(920)
gen, disc = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
og = torch.optim.SGD(gen.parameters(), lr=0.1)
od = torch.optim.SGD(disc.parameters(), lr=0.1)
for it in range(4):
    real = torch.randn(20, 2) + 1
    z = torch.randn(20, 2)
    od.zero_grad()
    d = nn.functional.softplus(-disc(real)).mean() + nn.functional.softplus(disc(gen(z).detach())).mean()
    d.backward()
    od.step()
    with still(disc) as judge:
        og.zero_grad()
        g = nn.functional.softplus(-judge(gen(z))).mean()
        g.backward()
        og.step()
    print(it, f"{d.item():.5f} {g.item():.5f}")
