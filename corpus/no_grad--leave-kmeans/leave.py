"""Soft clustering on top of an encoder: hard assignment without a graph, distances with one."""
import torch
from torch import nn

torch.manual_seed(88)
enc = nn.Linear(6, 2)
centres = nn.Parameter(torch.randn(3, 2))
opt = torch.optim.Adam([centres, *enc.parameters()], lr=0.02)
blobs = torch.cat([torch.randn(15, 6) + s for s in (-2.0, 0.0, 2.0)])


@torch.no_grad()
def assign(z):
    return torch.cdist(z, centres).argmin(1)


for it in range(6):
    z = enc(blobs)
    who = assign(z)
    inertia = (z - centres[who]).pow(2).sum(1).mean()
    spread = 1.0 / (1e-3 + z.var(0).mean())
    loss = inertia + spread
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, f"{inertia.item():.4f}", torch.bincount(who, minlength=3).tolist())
