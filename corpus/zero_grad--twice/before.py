"""Gradients are cleared at the start of each round, and by mistake once more right before the step."""
import torch
from torch import nn


def train(net, batches, rounds):
    opt = torch.optim.Adagrad(net.parameters(), lr=0.03)
    for number in range(rounds):
        total = 0.0
        for inputs, wanted in batches:
            opt.zero_grad()
            loss = nn.functional.huber_loss(net(inputs), wanted)
            loss.backward()
            total += loss.item()
            opt.zero_grad()
            opt.step()
        print(number, round(total, 5))


torch.manual_seed(414)
net = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 1))
rows = torch.randn(24, 4)
train(net, list(zip(rows.split(8), rows.prod(1, keepdim=True).split(8))), 3)
