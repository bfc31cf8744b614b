"""Gradual unfreezing: layers join the training one epoch after another."""
import torch
from torch import nn

torch.manual_seed(940)
layers = nn.ModuleList([nn.Linear(3, 8), nn.Linear(8, 8), nn.Linear(8, 1)])


def forward(x):
    for layer in layers[:-1]:
        x = torch.relu(layer(x))
    return layers[-1](x)


layers[:-1].requires_grad_(False)
opt = torch.optim.SGD(layers.parameters(), lr=0.05)
x = torch.randn(30, 3)
y = x.prod(1, keepdim=True)
for epoch in range(6):
    if epoch % 2 == 0:
        layers[-1 - epoch // 2].requires_grad_(True)
    loss = (forward(x) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    moving = [i for i, l in enumerate(layers) if l.weight.grad is not None]
    print(epoch, f"{loss.item():.5f}", "moving", moving)
