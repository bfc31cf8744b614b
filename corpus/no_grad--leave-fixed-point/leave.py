"""An equilibrium layer: iterate freely, then one differentiable application at the solution."""
import torch
from torch import nn


class Equilibrium(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.w = nn.Parameter(0.3 * torch.randn(d, d) / d**0.5)
        self.inject = nn.Linear(d, d)

    def f(self, z, x):
        return torch.tanh(z @ self.w + self.inject(x))

    def forward(self, x, iterations=15):
        z = torch.zeros_like(x)
        with torch.no_grad():
            for _ in range(iterations):
                z = self.f(z, x)
        return self.f(z, x)


torch.manual_seed(55)
layer, out = Equilibrium(5), nn.Linear(5, 1)
opt = torch.optim.SGD([*layer.parameters(), *out.parameters()], lr=0.1)
x = torch.randn(30, 5)
y = x[:, :1].sin()
for step in range(5):
    loss = (out(layer(x)) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
