"""Steady heat equation on a rod by minimising the Dirichlet energy."""
import torch


def energy(u, h):
    return 0.5 * ((u[1:] - u[:-1]) ** 2).sum() / h


def main():
    n = 11
    h = 1.0 / (n - 1)
    u = torch.full((n,), 0.5, requires_grad=True)
    field = u.clone()
    field[0] = 0.0
    field[-1] = 1.0
    e = energy(field, h)
    e.backward()
    print("energy:", e.item())
    print("residual:", u.grad[1:-1])


if __name__ == "__main__":
    main()
