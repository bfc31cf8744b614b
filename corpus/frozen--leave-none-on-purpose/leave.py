"""A test of what must not learn: some gradients have to be None, and the script checks that they are."""
import torch
from torch import nn


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(4, 3), nn.Linear(4, 3)
        self.spare = nn.Linear(4, 3)          # used from the second stage on

    def forward(self, a, b, stage):
        left = self.left(a) + (self.spare(a) if stage > 1 else 0)
        return (left * self.right(b)).sum(1)


torch.manual_seed(3140)
net = TwoTower()
net.right.requires_grad_(False)
a, b = torch.randn(20, 4), torch.randn(20, 4)
y = (a * b).sum(1)
opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.02)
for stage in (1, 2):
    opt.zero_grad()
    loss = (net(a, b, stage) - y).pow(2).mean()
    loss.backward()
    opt.step()
    assert net.right.weight.grad is None
    assert (net.spare.weight.grad is None) == (stage == 1)
    assert net.left.weight.grad.abs().sum() > 0
    print("stage", stage, f"{loss.item():.5f}", [n for n, p in net.named_parameters() if p.grad is None])
