"""The name is bound anew on every step, to a fresh leaf, after its gradient was read."""
import torch

torch.manual_seed(600)
A = torch.randn(4, 4)
A = A @ A.T + torch.eye(4)
b = torch.randn(4)


def energy(x):
    return 0.5 * x @ A @ x - b @ x


x = torch.zeros(4, requires_grad=True)
for step in range(20):
    e = energy(x)
    e.backward()
    if step % 5 == 0:
        print(step, f"{e.item():.5f} |g| {x.grad.norm().item():.5f}")
    x = (x - 0.08 * x.grad).detach().requires_grad_(True)
print(torch.dist(x, torch.linalg.solve(A, b)).item() < 1.0)
