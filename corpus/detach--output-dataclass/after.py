from dataclasses import dataclass
from functools import partial

import torch
from torch import nn


@dataclass
class StepOutput:
    logits: torch.Tensor
    hidden: torch.Tensor
    labels: torch.Tensor

    @property
    def accuracy(self):
        return (self.logits.argmax(dim=-1) == self.labels).float().mean().item()


class SentimentModel(nn.Module):
    def __init__(self, vocab=30, dim=8, classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.proj = nn.Linear(dim, classes)

    def step(self, tokens, labels):
        hidden = self.embed(tokens).mean(dim=1)
        logits = self.proj(hidden)
        return StepOutput(logits=logits, hidden=hidden.detach(), labels=labels)


def objective(out, smoothing):
    return nn.functional.cross_entropy(out.logits, out.labels, label_smoothing=smoothing)


loss_fn = partial(objective, smoothing=0.1)

torch.manual_seed(123)
tokens = torch.randint(0, 30, (16, 50))
labels = torch.randint(0, 3, (16,))
model = SentimentModel()
opt = torch.optim.Adagrad(model.parameters(), lr=0.05)

history = []
for _ in range(3):
    out = model.step(tokens, labels)
    loss = loss_fn(out)
    opt.zero_grad()
    loss.backward()
    opt.step()
    history.append((round(loss.item(), 4), out.accuracy, out.hidden.norm().item()))
print(len(history), "steps, first loss", history[0][0])
