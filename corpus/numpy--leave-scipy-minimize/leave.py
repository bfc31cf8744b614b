"""scipy drives, torch differentiates: values and gradients go out as numpy on purpose."""
import numpy as np
import torch
from scipy.optimize import minimize


def rosenbrock(p):
    return ((1 - p[:-1]) ** 2 + 100 * (p[1:] - p[:-1] ** 2) ** 2).sum()


def value_and_grad(flat: np.ndarray):
    p = torch.tensor(flat, dtype=torch.float64, requires_grad=True)
    value = rosenbrock(p)
    value.backward()
    return value.item(), p.grad.numpy()


start = np.array([-1.2, 1.0, 0.8])
found = minimize(value_and_grad, start, jac=True, method="L-BFGS-B")
print(found.success, np.round(found.x, 4), f"{found.fun:.2e}")
