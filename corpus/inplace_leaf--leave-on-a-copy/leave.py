"""In-place arithmetic on a clone of a leaf is part of the graph."""
import torch

theta = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)


def squash(v):
    out = v.clone()
    out[0] = out[0] * 3
    out += 1
    out[2:].mul_(0.5)
    return out


value = (squash(theta) ** 2).sum()
value.backward()
print(f"{value.item():.4f}", theta.grad.tolist())

by_hand = 2 * torch.tensor([0.5 * 3 + 1, -1.0 + 1, (2.0 + 1) * 0.5]) * torch.tensor([3.0, 1.0, 0.5])
print(torch.allclose(theta.grad, by_hand))
