"""Accuracy, confusion and the predicted class use argmax; the loss uses the scores."""
import torch
from torch import nn


class Meter:
    def __init__(self, classes):
        self.table = torch.zeros(classes, classes, dtype=torch.long)

    def update(self, logits, target):
        guess = logits.argmax(dim=1)
        for t, g in zip(target.tolist(), guess.tolist()):
            self.table[t, g] += 1

    @property
    def accuracy(self):
        return (self.table.diag().sum() / self.table.sum()).item()


torch.manual_seed(2000)
x = torch.randn(45, 2)
y = torch.atan2(x[:, 1], x[:, 0]).div(2.1).floor().add(2).long().clamp(0, 2)
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
for epoch in range(4):
    meter = Meter(3)
    for xb, yb in zip(x.chunk(3), y.chunk(3)):
        logits = net(xb)
        loss = criterion(logits, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        meter.update(logits, yb)
    print(epoch, f"{loss.item():.4f} accuracy {meter.accuracy:.3f}")
