"""Continual learning: the second task may not walk far from where the first one ended."""
import torch
from torch import nn


def train(model, x, y, penalty=lambda: 0.0, steps=6):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x), y) + penalty()
        loss.backward()
        opt.step()
    return loss.item()


def fisher(model, x, y):
    model.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    return {n: p.grad.detach().clone() ** 2 for n, p in model.named_parameters()}


torch.manual_seed(12)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
xa, xb = torch.randn(25, 3), torch.randn(25, 3) + 0.5
ya, yb = xa[:, :1], -xb[:, 1:2]

print("task A", round(train(net, xa, ya), 5))
anchor = {n: p.detach().clone() for n, p in net.named_parameters()}
importance = fisher(net, xa, ya)


def stay_near():
    return sum((importance[n] * (p - anchor[n]) ** 2).sum() for n, p in net.named_parameters()) * 40


print("task B", round(train(net, xb, yb, stay_near), 5))
print("drift", round(sum((p - anchor[n]).abs().sum().item() for n, p in net.named_parameters()), 4))
