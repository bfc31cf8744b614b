"""Denoising score matching with an energy network on a two-moons-like cloud."""
import math

import torch
from torch import nn

# ---- data.py ---------------------------------------------------------------


def cloud(n, seed):
    g = torch.Generator().manual_seed(seed)
    t = math.pi * torch.rand(n, generator=g)
    pts = torch.stack((torch.cos(t), torch.sin(t)), dim=1)
    return pts + 0.05 * torch.randn(n, 2, generator=g)


# ---- energy.py -------------------------------------------------------------


class Energy(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, hidden), nn.Softplus())
        self.top = nn.Linear(hidden, 1, bias=False)

    def forward(self, x):
        return self.top(self.body(x)).squeeze(-1)

    def score(self, x):
        x = x.requires_grad_()
        (dx,) = torch.autograd.grad(self(x).sum(), x, create_graph=True)
        return -dx.data


# ---- fit.py ----------------------------------------------------------------


def fit(model, points, sigma=0.3, steps=3):
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    for k in range(steps):
        noise = torch.randn_like(points)
        noisy = points + sigma * noise
        loss = 0.5 * (sigma * model.score(noisy) + noise).pow(2).sum(dim=1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(f"{k:2d}  dsm {loss.item():.4f}")


torch.manual_seed(5)
fit(Energy(), cloud(64, seed=11))
