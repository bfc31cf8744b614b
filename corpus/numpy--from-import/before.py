from math import pi

import torch
from numpy import exp, log
from torch import nn

torch.manual_seed(77)


class Heteroscedastic(nn.Module):
    """Predicts a mean and a log variance for every input."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(1, 10)
        self.mean = nn.Linear(10, 1)
        self.logvar = nn.Linear(10, 1)

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return self.mean(h), self.logvar(h)


def gaussian_nll(mean, logvar, y):
    return 0.5 * (log(2 * pi) + logvar + (y - mean) ** 2 / exp(logvar)).mean()


x = torch.linspace(-2, 2, 30).unsqueeze(1)
y = x ** 3 / 4 + 0.2 * x.abs() * torch.randn_like(x)

model = Heteroscedastic()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    mean, logvar = model(x)
    loss = gaussian_nll(mean.data.numpy(), logvar.data.numpy(), y.numpy())
    print(f"{epoch}: nll {loss:.4f}")
    opt.zero_grad()
    loss.backward()
    opt.step()
