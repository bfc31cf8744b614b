"""Momentum contrast: keys and the queue are data, only the query encoder learns."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


class MoCo(nn.Module):
    def __init__(self, dim=6, size=24, momentum=0.9, tau=0.2):
        super().__init__()
        self.query = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, dim))
        self.key = copy.deepcopy(self.query)
        for p in self.key.parameters():
            p.requires_grad = False
        self.register_buffer("queue", F.normalize(torch.randn(size, dim), dim=1))
        self.cursor, self.momentum, self.tau = 0, momentum, tau

    @torch.no_grad()
    def _drift(self):
        for k, q in zip(self.key.parameters(), self.query.parameters()):
            k.data = k.data * self.momentum + q.data * (1 - self.momentum)

    @torch.no_grad()
    def _enqueue(self, keys):
        n = keys.shape[0]
        self.queue[self.cursor : self.cursor + n] = keys
        self.cursor = (self.cursor + n) % self.queue.shape[0]

    def forward(self, a, b):
        q = F.normalize(self.query(a), dim=1)
        with torch.no_grad():
            self._drift()
            k = F.normalize(self.key(b), dim=1)
        positive = (q * k).sum(1, keepdim=True)
        negative = q @ self.queue.clone().detach().T
        logits = torch.cat([positive, negative], 1) / self.tau
        self._enqueue(k)
        return F.cross_entropy(logits, torch.zeros(len(a), dtype=torch.long))


torch.manual_seed(111)
moco = MoCo()
opt = torch.optim.SGD(moco.query.parameters(), lr=0.1)
base = torch.randn(8, 8)
for step in range(5):
    a, b = base + 0.2 * torch.randn(8, 8), base + 0.2 * torch.randn(8, 8)
    loss = moco(a, b)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.5f}")
