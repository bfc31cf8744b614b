import math
import torch


def potential(position):
    """Double well in two dimensions."""
    x, y = position.unbind(-1)
    return (x ** 2 - 1.0) ** 2 + 0.5 * y ** 2 + 0.1 * torch.sin(math.pi * x)


def force(position):
    energy = potential(position).sum()
    (slope,) = torch.autograd.grad(energy, position)
    return -slope


position = torch.tensor([[0.3, -0.4], [-0.2, 0.7], [1.4, 0.1]])
velocity = torch.zeros_like(position)
dt = 0.02
f = force(position)
for _ in range(10):
    with torch.no_grad():
        velocity += 0.5 * dt * f
        position += dt * velocity
    f = force(position)
    with torch.no_grad():
        velocity += 0.5 * dt * f
    kinetic = 0.5 * velocity.pow(2).sum()
    print("energy", (kinetic + potential(position).sum()).item())
