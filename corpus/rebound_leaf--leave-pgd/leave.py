"""Projected gradient attack: every iterate is re-made as a leaf."""
import torch
import torch.nn.functional as F
from torch import nn


def attack(model, x, y, eps=0.3, step=0.1, rounds=4):
    adv = x + torch.empty_like(x).uniform_(-eps, eps)
    for _ in range(rounds):
        adv = adv.detach().requires_grad_(True)
        loss = F.cross_entropy(model(adv), y)
        grad = torch.autograd.grad(loss, adv)[0]
        adv = adv + step * grad.sign()
        adv = torch.max(torch.min(adv, x + eps), x - eps)
    return adv.detach()


def main():
    torch.manual_seed(610)
    x = torch.randn(40, 4)
    y = (x.norm(dim=1) > 2).long()
    model = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 2))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    for epoch in range(4):
        adv = attack(model, x, y)
        model.zero_grad()
        loss = F.cross_entropy(model(adv), y)
        loss.backward()
        opt.step()
        print(epoch, f"robust loss {loss.item():.4f}", f"largest change {(adv - x).abs().max().item():.3f}")


if __name__ == "__main__":
    main()
