"""Greedy decoding with fixed weights. Nothing here is ever trained."""
import torch
from torch import nn


class TinyLM(nn.Module):
    def __init__(self, vocab=11, width=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.rnn = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, vocab)

    def forward(self, tokens, state=None):
        h, state = self.rnn(self.embed(tokens), state)
        return self.head(h[:, -1]), state


def generate(model, prompt, n):
    out, state = list(prompt), None
    tokens = torch.tensor([prompt])
    with torch.no_grad():
        for _ in range(n):
            logits, state = model(tokens, state)
            nxt = int(logits.argmax(dim=-1))
            out.append(nxt)
            tokens = torch.tensor([[nxt]])
    return out


torch.manual_seed(123)
lm = TinyLM().eval()
print(generate(lm, [1, 4, 2], 6))
print(generate(lm, [7], 4))
