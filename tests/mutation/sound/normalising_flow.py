"""Two affine coupling layers and an elementwise scale, trained by exact likelihood."""
import math

import torch
from torch import nn


class Coupling(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(1, hidden)
        self.fc2 = nn.Linear(hidden, 2)

    def forward(self, x):
        kept = x[:, :1]
        moved = x[:, 1:]
        h = torch.tanh(self.fc1(kept))
        params = self.fc2(h)
        log_scale = torch.tanh(params[:, :1])
        shift = params[:, 1:]
        z = moved * torch.exp(log_scale) + shift
        swapped = torch.cat([z, kept], dim=1)
        return swapped, log_scale.squeeze(1)


class Flow(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Coupling(8)
        self.second = Coupling(8)
        self.log_gain = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h, det1 = self.first(x)
        h, det2 = self.second(h)
        z = h * torch.exp(self.log_gain)
        log_det = det1 + det2 + self.log_gain.sum()
        log_base = -0.5 * (z ** 2).sum(dim=1) - math.log(2 * math.pi)
        log_prob = log_base + log_det
        return log_prob


torch.manual_seed(17)
u = torch.randn(64)
data = torch.stack([u, torch.sin(2 * u) + 0.2 * torch.randn(64)], dim=1)
flow = Flow()
optimizer = torch.optim.Adam(flow.parameters(), lr=0.02)
for step in range(3):
    log_prob = flow(data)
    loss = -log_prob.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("nll", loss.item(), "gain gradient", flow.log_gain.grad)
