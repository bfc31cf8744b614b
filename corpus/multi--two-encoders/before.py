import math

import torch
from torch import nn


class Siamese(nn.Module):
    """Matches a sketch with a photo; a learned margin decides how far apart strangers are."""

    def __init__(self):
        super().__init__()
        self.sketch = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 4))
        self.photo = nn.Sequential(nn.Linear(9, 10), nn.Tanh(), nn.Linear(10, 4))
        self.log_margin = nn.Parameter(torch.tensor(0.5))

    def distance(self, sketch, photo):
        a = self.sketch(sketch)
        b = self.photo(photo).data
        return (a - b).pow(2).sum(dim=1)

    def forward(self, sketch, photo, stranger):
        margin = math.exp(self.log_margin)
        near = self.distance(sketch, photo)
        far = self.distance(sketch, stranger)
        pull = near.mean()
        push = torch.relu(margin - far).mean()
        spread = (self.log_margin.item() - 1.0) ** 2
        return pull + push + 0.1 * spread


torch.manual_seed(9)
sketch, photo = torch.randn(10, 6), torch.randn(10, 9)
net = Siamese()
opt = torch.optim.SGD(
    [{"params": net.sketch.parameters()}, {"params": net.photo.parameters()}, {"params": [net.log_margin], "lr": 0.2}],
    lr=0.05,
)
for epoch in range(2):
    loss = net(sketch, photo, photo.roll(1, dims=0))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if not epoch:
        print(f"loss before training {loss.item():.5f}")
print({name: p.grad is not None for name, p in net.named_parameters()})
