"""Multi-head self-attention on a copy-like task."""
import math

import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.size = width // heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)

    def split(self, x):
        b, t, _ = x.shape
        return x.view(b, t, self.heads, self.size).transpose(1, 2)

    def forward(self, x):
        q = self.split(self.query(x))
        k = self.split(self.key(x))
        v = self.split(self.value(x))
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.size)
        weights = torch.softmax(scores, dim=-1)
        mixed = weights @ v
        merged = mixed.transpose(1, 2).reshape(x.shape)
        out = self.proj(merged)
        return out


torch.manual_seed(5)
batch = torch.randn(8, 5, 6)
target = batch.roll(1, dims=1)
model = SelfAttention(6, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for step in range(3):
    output = model(batch)
    gap = output - target
    loss = gap.abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{step} loss {loss.item():.6f}")
