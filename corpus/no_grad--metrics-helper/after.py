import contextlib

import torch
from torch import nn


class SoftDice(nn.Module):
    def forward(self, prob, mask):
        overlap = 2 * (prob * mask).sum(dim=(1, 2)) + 1
        return 1 - (overlap / (prob.sum(dim=(1, 2)) + mask.sum(dim=(1, 2)) + 1)).mean()


def iou(prob, mask):
    hard = prob > 0.5
    both = (hard & (mask > 0.5)).sum()
    either = (hard | (mask > 0.5)).sum()
    return (both / either.clamp(min=1)).item()


def shared_step(net, batch, context=contextlib.nullcontext):
    image, mask = batch
    prob = net(image).squeeze(1).sigmoid()
    with context(), torch.no_grad():
        metrics = {"iou": iou(prob, mask)}
    loss = SoftDice()(prob, mask)
    metrics["dice"] = 1 - loss.item()
    return loss, metrics


def train(steps=3):
    torch.manual_seed(75)
    image = torch.rand(3, 1, 6, 6)
    mask = (image.squeeze(1) > 0.6).float()
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ELU(), nn.Conv2d(4, 1, 3, padding=1))
    opt = torch.optim.Adam(net.parameters(), lr=0.05)
    for step in range(steps):
        loss, metrics = shared_step(net, (image, mask))
        print(step, ", ".join(f"{k}={v:.4f}" for k, v in metrics.items()))
        opt.zero_grad()
        loss.backward()
        opt.step()


train()
