"""An energy-based model: negatives come from a Langevin chain that is cut at every step."""
import torch
from torch import nn


class Energy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1) + 0.05 * x.pow(2).sum(-1)


def langevin(energy, x, steps=5, size=0.1):
    for _ in range(steps):
        x = x.detach().requires_grad_(True)
        (grad,) = torch.autograd.grad(energy(x).sum(), x)
        x = x - size * grad + 0.02 * torch.randn_like(x)
    return x.detach()


torch.manual_seed(3)
energy = Energy()
opt = torch.optim.Adam(energy.parameters(), lr=0.01)
chain = torch.randn(20, 2)
for i in range(4):
    data = torch.randn(20, 2) * 0.2 + 1.0
    chain = langevin(energy, chain)
    e_pos, e_neg = energy(data), energy(chain)
    loss = e_pos.mean() - e_neg.mean() + 0.01 * (e_pos.pow(2) + e_neg.pow(2)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, round(loss.item(), 5), chain.mean(0).tolist())
