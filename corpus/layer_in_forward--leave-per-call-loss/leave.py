"""Loss modules, resamplers and containers of existing layers are made per call; no weight is born there."""
import torch
from torch import nn


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 3, 3, padding=1)
        self.head = nn.Conv2d(3, 1, 1)

    def forward(self, x):
        outs = []
        for size in (8, 4):
            run = nn.Sequential(nn.AdaptiveAvgPool2d(size), self.stem, nn.ELU(), self.head)
            up = nn.Upsample(size=x.shape[-2:], mode="nearest")
            outs.append(up(run(x)))
        return outs


def objective(outs, target):
    criterion = nn.SmoothL1Loss(beta=0.5)
    return sum(criterion(o, target) for o in outs)


torch.manual_seed(3180)
net = Pyramid()
opt = torch.optim.Adam(net.parameters(), lr=0.03)
img = torch.rand(4, 1, 8, 8)
target = 1 - img
for i in range(4):
    loss = objective(net(img), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}")
