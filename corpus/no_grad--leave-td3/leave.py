"""Delayed policy updates, smoothed targets, two critics."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(130)
actor = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1), nn.Tanh())
critics = nn.ModuleList(nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1)) for _ in range(2))
actor_t, critics_t = copy.deepcopy(actor), copy.deepcopy(critics)
for p in [*actor_t.parameters(), *critics_t.parameters()]:
    p.requires_grad_(False)
opt_a = torch.optim.Adam(actor.parameters(), lr=2e-3)
opt_c = torch.optim.Adam(critics.parameters(), lr=2e-3)


def joint(s, a):
    return torch.cat([s, a], dim=1)


for it in range(1, 7):
    s, s2 = torch.randn(20, 3), torch.randn(20, 3)
    a = torch.rand(20, 1) * 2 - 1
    r = -(a - s[:, :1].tanh()).abs()
    with torch.no_grad():
        noise = (0.2 * torch.randn_like(a)).clamp(-0.5, 0.5)
        a2 = (actor_t(s2) + noise).clamp(-1, 1)
        q_next = torch.min(*[c(joint(s2, a2)) for c in critics_t])
        y = r + 0.95 * q_next
    c_loss = sum(F.mse_loss(c(joint(s, a)), y) for c in critics)
    opt_c.zero_grad()
    c_loss.backward()
    opt_c.step()
    if it % 2:
        continue
    a_loss = -critics[0](joint(s, actor(s))).mean()
    opt_a.zero_grad()
    a_loss.backward()
    opt_a.step()
    with torch.no_grad():
        for net, lag in ((actor, actor_t), (critics, critics_t)):
            for p, q in zip(net.parameters(), lag.parameters()):
                q.mul_(0.95).add_(0.05 * p)
    print(it, f"critic {c_loss.item():.4f} actor {a_loss.item():.4f}")
