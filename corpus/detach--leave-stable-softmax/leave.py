"""Attention written by hand; the maximum is only there for numerical stability."""
import math

import torch
from torch import nn

torch.manual_seed(30)


def softmax(scores):
    top = scores.max(dim=-1, keepdim=True).values.detach()
    e = (scores - top).exp()
    return e / e.sum(dim=-1, keepdim=True)


class Head(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(d, d, bias=False) for _ in range(3))

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-1, -2) / math.sqrt(x.shape[-1])
        return softmax(scores) @ self.v(x)


head = Head(6)
x = torch.randn(2, 5, 6)
want = x.cumsum(1) / torch.arange(1, 6).view(1, 5, 1)
opt = torch.optim.Adam(head.parameters(), lr=0.02)
for _ in range(4):
    loss = (head(x) - want).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.6f} {head.q.weight.grad.norm().item():.6f}")
