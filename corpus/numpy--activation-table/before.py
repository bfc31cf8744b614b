import functools
import numpy as np
import torch

ACTIVATIONS = {
    "softplus": lambda z: np.log1p(np.exp(z)),
    "leaky": lambda z, slope=0.1: np.where(z > 0, z, slope * z),
    "tanh": np.tanh,
}


def dense(x, w, b, act):
    return act((x @ w + b).detach().numpy())


def build(names, sizes, seed=0):
    g = torch.Generator().manual_seed(seed)
    layers = []
    for name, (i, o) in zip(names, zip(sizes, sizes[1:])):
        w = (torch.randn(i, o, generator=g) / i ** 0.5).requires_grad_()
        b = torch.zeros(o, requires_grad=True)
        layers.append((w, b, ACTIVATIONS[name]))
    return layers


layers = build(["softplus", "leaky", "tanh"], [3, 7, 7, 1])
x = torch.linspace(-1, 1, 30).reshape(10, 3)
h = x
for w, b, act in layers:
    h = torch.as_tensor(dense(h, w, b, act))
loss = (h - 0.25).pow(2).sum()
if not loss.requires_grad:
    loss.requires_grad_()
loss.backward()
print(loss.item())
print([w.grad.abs().sum().item() if w.grad is not None else None for w, _, _ in layers])
