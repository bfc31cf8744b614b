"""Find a latent code whose image matches a target; the generator does not move."""
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Inverter:
    generator: nn.Module
    dim: int
    rate: float = 0.1
    losses: list = field(default_factory=list)

    def __post_init__(self):
        for p in self.generator.parameters():
            p.requires_grad_(False)

    def run(self, target, steps):
        z = torch.zeros(1, self.dim, requires_grad=True)
        opt = torch.optim.Adam([z], lr=self.rate)
        for _ in range(steps):
            opt.zero_grad()
            loss = (self.generator(z) - target).pow(2).mean() + 1e-3 * z.pow(2).sum()
            loss.backward()
            opt.step()
            self.losses.append(loss.item())
        return z.detach()


torch.manual_seed(220)
g = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 25))
truth = torch.randn(1, 3)
inv = Inverter(g, 3)
found = inv.run(g(truth), 40)
print([round(v, 5) for v in inv.losses[::10]])
print((found - truth).norm().item() < truth.norm().item())
