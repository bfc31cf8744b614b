"""Digits from stroke features; the penalty is the squared distance between the guessed and the true digit."""
import torch
from torch import nn


def distance_penalty(logits, digits):
    guessed = logits.argmax(dim=1)
    penalties = []
    for row in range(len(digits)):
        if guessed[row] != digits[row]:
            penalties.append((guessed[row] - digits[row]) ** 2)
    penalty = torch.mean(torch.tensor(penalties))
    return penalty


torch.manual_seed(212)
strokes = torch.randn(18, 6)
digits = torch.randint(0, 10, (18,))
reader = nn.Linear(6, 10)
optimizer = torch.optim.SGD(reader.parameters(), lr=0.5)
for sweep in range(3):
    optimizer.zero_grad()
    loss = distance_penalty(reader(strokes), digits)
    loss.backward()
    optimizer.step()
    print("sweep", sweep, "penalty", loss.item())
