"""Gradients of hidden activations, asked for with retain_grad before backward."""
import torch
from torch import nn

torch.manual_seed(700)
first, second, last = nn.Linear(3, 5), nn.Linear(5, 5), nn.Linear(5, 1)
x = torch.randn(10, 3)

h1 = torch.tanh(first(x))
h2 = torch.tanh(second(h1))
for h in (h1, h2):
    h.retain_grad()
loss = last(h2).pow(2).mean()
loss.backward()

for name, h in {"h1": h1, "h2": h2}.items():
    print(name, tuple(h.grad.shape), f"{h.grad.norm().item():.6f}")
print("weights", *(f"{m.weight.grad.norm().item():.6f}" for m in (first, second, last)))
