"""BYOL in small: one branch carries the gradient, the other is a lagging copy and a constant."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


class Byol:
    def __init__(self, tau=0.9):
        self.online = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
        self.predict = nn.Linear(4, 4)
        self.lagging = copy.deepcopy(self.online).requires_grad_(False)
        self.tau = tau

    def parameters(self):
        return [*self.online.parameters(), *self.predict.parameters()]

    def half(self, a, b):
        p = F.normalize(self.predict(self.online(a)), dim=1)
        z = F.normalize(self.lagging(b), dim=1)
        return (2 - 2 * (p * z).sum(1)).mean()

    def follow(self):
        for slow, fast in zip(self.lagging.parameters(), self.online.parameters()):
            slow.data = self.tau * slow.data + (1 - self.tau) * fast.data


torch.manual_seed(2300)
byol = Byol()
opt = torch.optim.Adam(byol.parameters(), lr=0.01)
x = torch.randn(32, 6)
for step in range(5):
    a, b = x * (torch.rand_like(x) > 0.2), x + 0.2 * torch.randn_like(x)
    loss = byol.half(a, b) + byol.half(b, a)
    opt.zero_grad()
    loss.backward()
    opt.step()
    byol.follow()
    print(step, f"{loss.item():.5f}")
