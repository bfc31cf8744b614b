import torch
from torch import nn


class Polynomial(nn.Module):
    def __init__(self, degree):
        super().__init__()
        self.coefficients = nn.ParameterList([torch.zeros(()) for _ in range(degree + 1)])
        self.shift = nn.Parameter(torch.tensor(0.1))

    def forward(self, x):
        u = x - self.shift
        return sum(c * u**k for k, c in enumerate(self.coefficients)) + self.shift


torch.manual_seed(0)
x = torch.linspace(-1, 1, 40)
y = 0.5 * x**3 - x + 0.2
model = Polynomial(3)
opt = torch.optim.SGD(model.parameters(), lr=0.2)
for epoch in range(4):
    opt.zero_grad()
    loss = torch.mean((model(x) - y) ** 2)
    loss.backward()
    opt.step()
    print(f"epoch {epoch} loss {loss.item():.5f}")
