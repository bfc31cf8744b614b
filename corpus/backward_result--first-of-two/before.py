"""Two players take turns; the first one's backward pass is named and never called, and the second one's hides it."""
import torch
from torch import nn

torch.manual_seed(481)
maker = nn.Sequential(nn.Linear(2, 8), nn.CELU(), nn.Linear(8, 2))
taster = nn.Sequential(nn.Linear(2, 8), nn.CELU(), nn.Linear(8, 1))
make = torch.optim.SGD(maker.parameters(), lr=0.05)
taste = torch.optim.SGD(taster.parameters(), lr=0.05)
for turn in range(3):
    seed = torch.randn(14, 2)
    good = torch.rand(14, 2) + 1.0
    liking = taster(maker(seed).detach()).mean() - taster(good).mean()
    taste.zero_grad()
    liking.backward
    taste.step()
    want = -taster(maker(seed)).mean()
    make.zero_grad()
    want.backward()
    make.step()
    print(turn, f"{liking.item():.5f} {want.item():.5f}")
