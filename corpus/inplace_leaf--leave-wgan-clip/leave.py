"""Wasserstein critic with clipped weights; clipping goes through .data after each step."""
import torch
from torch import nn

torch.manual_seed(410)
LIMIT = 0.25
critic = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1, bias=False))
gen = nn.Linear(2, 2)
opt_c = torch.optim.RMSprop(critic.parameters(), lr=5e-3)
opt_g = torch.optim.RMSprop(gen.parameters(), lr=5e-3)

for it in range(4):
    for _ in range(2):
        real = torch.randn(32, 2) * 0.5 + 2
        fake = gen(torch.randn(32, 2)).detach()
        c_loss = critic(fake).mean() - critic(real).mean()
        opt_c.zero_grad()
        c_loss.backward()
        opt_c.step()
        for p in critic.parameters():
            p.data.clamp_(-LIMIT, LIMIT)
    opt_g.zero_grad()
    g_loss = -critic(gen(torch.randn(32, 2))).mean()
    g_loss.backward()
    opt_g.step()
    print(it, f"{c_loss.item():.5f} {g_loss.item():.5f}", max(p.abs().max().item() for p in critic.parameters()) <= LIMIT)
