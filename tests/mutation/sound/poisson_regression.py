"""Counts with an exposure: a log-linear rate and an L2 prior on its coefficients."""
import torch
from torch import nn


class PoissonRegression(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.coef = nn.Parameter(0.01 * torch.ones(features))
        self.intercept = nn.Parameter(torch.zeros(()))

    def forward(self, x, exposure):
        linear = x @ self.coef
        log_rate = linear + self.intercept + torch.log(exposure)
        return log_rate


def fit(model, x, exposure, counts, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(steps):
        log_rate = model(x, exposure)
        rate = torch.exp(log_rate)
        nll = (rate - counts * log_rate).mean()
        prior = 0.01 * (model.coef ** 2).sum()
        loss = nll + prior
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print("step", step, "loss", loss.item())


torch.manual_seed(22)
x = torch.randn(80, 3)
exposure = torch.rand(80) + 0.5
counts = torch.poisson(exposure * torch.exp(x @ torch.tensor([0.5, -0.3, 0.2]) + 0.4))
model = PoissonRegression(3)
fit(model, x, exposure, counts, 3)
print("coef.grad", model.coef.grad, "intercept.grad", model.intercept.grad)
