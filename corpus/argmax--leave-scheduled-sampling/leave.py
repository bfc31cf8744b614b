"""A decoder that sometimes reads its own last token: the token is an index, the scores are trained."""
import random

import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, vocab, d):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(vocab, d), nn.GRUCell(d, d), nn.Linear(d, vocab)

    def forward(self, target, forcing):
        h = torch.zeros(len(target), self.cell.hidden_size)
        token, logits = target[:, 0], []
        for t in range(1, target.shape[1]):
            h = self.cell(self.embed(token), h)
            step = self.out(h)
            logits.append(step)
            token = target[:, t] if random.random() < forcing else step.argmax(dim=1)
        return torch.stack(logits, dim=1)


random.seed(4)
torch.manual_seed(3080)
start = torch.randint(0, 6, (10, 1))
target = (start + torch.arange(6)) % 6
net = Decoder(6, 8)
opt = torch.optim.Adam(net.parameters(), lr=0.03)
for epoch in range(6):
    logits = net(target, forcing=1.0 - 0.1 * epoch)
    loss = nn.functional.cross_entropy(logits.transpose(1, 2), target[:, 1:])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}")
