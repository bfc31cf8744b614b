"""A trainer whose backward returns the gradient norm; only that number is used."""
import torch
from torch import nn


class Engine:
    def __init__(self, model, opt, clip):
        self.model, self.opt, self.clip = model, opt, clip

    def backward(self, loss):
        self.opt.zero_grad()
        loss.backward()
        return nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)

    def step(self):
        self.opt.step()


torch.manual_seed(810)
x = torch.randn(20, 4)
y = x.roll(1, 1)
model = nn.Linear(4, 4)
engine = Engine(model, torch.optim.SGD(model.parameters(), lr=0.3), clip=0.5)
for _ in range(6):
    loss = nn.functional.mse_loss(model(x), y)
    norm = engine.backward(loss)
    engine.step()
    print(f"{loss.item():.5f} |g| {norm.item():.5f}")
