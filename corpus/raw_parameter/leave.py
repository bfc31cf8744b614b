"""A tiny transformer: positions and mask are constants, held as buffers."""
import math

import torch
from torch import nn


def sinusoid(length, width):
    pos = torch.arange(length).unsqueeze(1)
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(1000.0) / width))
    table = torch.zeros(length, width)
    table[:, 0::2] = torch.sin(pos * rate)
    table[:, 1::2] = torch.cos(pos * rate)
    return table


class Block(nn.Module):
    def __init__(self, vocab=13, length=6, width=8):
        super().__init__()
        self.tokens = nn.Embedding(vocab, width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, vocab)
        self.register_buffer("positions", sinusoid(length, width))
        self.register_buffer("mask", torch.triu(torch.full((length, length), -1e9), 1), persistent=False)

    def forward(self, ids):
        h = self.tokens(ids) + self.positions[: ids.shape[1]]
        q, k, v = self.qkv(h).chunk(3, dim=-1)
        a = torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]) + self.mask, dim=-1)
        return self.out(h + a @ v)


torch.manual_seed(300)
net = Block()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
ids = torch.randint(0, 13, (5, 7))
for _ in range(4):
    logits = net(ids[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
print(sorted(n for n, _ in net.named_parameters()))
