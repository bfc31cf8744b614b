"""Weights are averaged into a shadow model, which is what gets evaluated."""
import torch
from torch import nn


class Shadow:
    def __init__(self, model, decay):
        self.decay = decay
        self.values = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def follow(self, model):
        for k, v in model.state_dict().items():
            self.values[k].mul_(self.decay).add_(v, alpha=1 - self.decay)


def build():
    return nn.Sequential(nn.Linear(2, 6), nn.Softplus(), nn.Linear(6, 1))


torch.manual_seed(99)
model, averaged = build(), build()
shadow = Shadow(model, 0.7)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
x = torch.rand(30, 2)
y = (x[:, :1] - x[:, 1:]).abs()
for i in range(5):
    loss = (model(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    shadow.follow(model)
    averaged.load_state_dict(shadow.values)
    with torch.no_grad():
        print(f"{loss.item():.5f} averaged {(averaged(x) - y).pow(2).mean().item():.5f}")
