"""The decoder uses the embedding's own weight; it is in the optimizer once, and learns from both."""
import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, vocab, width):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.rnn = nn.RNN(width, width, batch_first=True)
        self.out = nn.Linear(width, vocab, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, ids):
        return self.out(self.rnn(self.embed(ids))[0])


torch.manual_seed(1230)
lm = Tied(10, 6)
opt = torch.optim.Adam(lm.parameters(), lr=0.02)
ids = torch.arange(20).remainder(10).view(2, 10)
for _ in range(5):
    logits = lm(ids[:, :-1])
    loss = nn.functional.cross_entropy(logits.reshape(-1, 10), ids[:, 1:].reshape(-1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
print(lm.out.weight is lm.embed.weight, len(list(lm.parameters())))
