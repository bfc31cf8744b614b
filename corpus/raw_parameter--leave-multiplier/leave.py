"""Constrained fit: the multiplier is raised by hand from the violation, it is not a weight."""
import torch
from torch import nn


class Constrained(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([0.2, 0.2, 0.2]))
        self.lam = torch.tensor(0.0)
        self.rho = 2.0

    def violation(self):
        return self.w.sum() - 1.0

    def forward(self, returns, cov):
        risk = self.w @ cov @ self.w
        v = self.violation()
        return risk - 0.1 * (returns @ self.w) + self.lam * v + 0.5 * self.rho * v**2

    def raise_multiplier(self):
        self.lam = self.lam + self.rho * self.violation().detach()


torch.manual_seed(330)
a = torch.randn(3, 3)
cov = a @ a.T / 3 + 0.1 * torch.eye(3)
returns = torch.tensor([0.05, 0.1, 0.02])
problem = Constrained()
opt = torch.optim.SGD(problem.parameters(), lr=0.1)
for outer in range(5):
    for _ in range(10):
        opt.zero_grad()
        value = problem(returns, cov)
        value.backward()
        opt.step()
    problem.raise_multiplier()
    print(outer, f"{value.item():.5f} sum {problem.w.sum().item():.4f} lambda {problem.lam.item():+.4f}")
