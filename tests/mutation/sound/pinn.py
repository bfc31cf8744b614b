"""A physics-informed network for u' = -k u with the unknown rate k learned along."""
import torch
from torch import nn

torch.manual_seed(6)


class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(1, 16)
        self.fc2 = nn.Linear(16, 1)
        self.rate = nn.Parameter(torch.tensor(0.5))

    def forward(self, t):
        h = torch.tanh(self.fc1(t))
        u = self.fc2(h)
        return u


times = torch.linspace(0, 2, 25).unsqueeze(1)
observed_t = torch.tensor([[0.0], [0.5], [1.0], [2.0]])
observed_u = torch.exp(-1.3 * observed_t)

model = Field()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(3):
    t = times.clone().requires_grad_(True)
    u = model(t)
    du = torch.autograd.grad(u.sum(), t, create_graph=True)[0]
    residual = du + model.rate * u
    physics = (residual ** 2).mean()
    fit = model(observed_t)
    data = ((fit - observed_u) ** 2).mean()
    loss = physics + 3.0 * data
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item(), "rate", model.rate.item(), "rate.grad", model.rate.grad.item())
