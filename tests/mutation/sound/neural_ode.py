"""A neural ODE integrated with Euler steps."""
import torch
from torch import nn


class Dynamics(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, state):
        h = torch.tanh(self.fc1(state))
        velocity = self.fc2(h)
        return velocity


def integrate(dynamics, state, steps, dt):
    path = [state]
    for _ in range(steps):
        velocity = dynamics(state)
        state = state + dt * velocity
        path.append(state)
    trajectory = torch.stack(path)
    return trajectory


torch.manual_seed(11)
angle = torch.arange(11) * 0.2
truth = torch.stack([torch.cos(angle), -torch.sin(angle)], dim=1)

dynamics = Dynamics(2, 12)
start = nn.Parameter(torch.tensor([0.8, 0.1]))
optimizer = torch.optim.Adam([start, *dynamics.parameters()], lr=0.02)

for step in range(3):
    trajectory = integrate(dynamics, start, 10, 0.2)
    distance = trajectory - truth
    loss = (distance ** 2).sum(dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item(), "start.grad", start.grad)
