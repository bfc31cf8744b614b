import numpy as np
import torch
from torch import nn


def standardise(a, eps=1e-6):
    """Zero mean and unit variance per column."""
    return (a - np.mean(a, axis=0)) / np.sqrt(np.var(a, axis=0) + eps)


def make_data(seed):
    rng = np.random.default_rng(seed)
    raw = rng.normal(loc=5.0, scale=3.0, size=(64, 6)).astype(np.float32)
    target = rng.normal(size=(64, 3)).astype(np.float32)
    return standardise(raw), standardise(target)


class Projector(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 12)
        self.outer = nn.Linear(12, 3, bias=False)

    def forward(self, x):
        z = self.outer(torch.relu(self.inner(x)))
        return torch.from_numpy(standardise(z.detach().numpy()))


torch.manual_seed(4)
features, target = make_data(seed=4)
print("input means", np.abs(features.mean(axis=0)).max() < 1e-5)

x, t = torch.from_numpy(features), torch.from_numpy(target)
net = Projector()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    opt.zero_grad()
    correlation = (net(x) * t).mean(dim=0)
    loss = (1 - correlation).sum()
    loss.backward()
    opt.step()
    print(f"epoch {epoch}: {loss.item():.4f}")
