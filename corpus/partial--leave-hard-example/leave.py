"""Online hard example mining: a first pass without a graph finds the samples, a second trains on them."""
import torch
from torch import nn

torch.manual_seed(2350)
net = nn.Sequential(nn.Linear(3, 14), nn.ReLU(), nn.Linear(14, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.2)
x = torch.randn(80, 3)
y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).long()
for step in range(6):
    with torch.no_grad():
        each = nn.functional.cross_entropy(net(x), y, reduction="none")
        hard = each.topk(24).indices
    loss = nn.functional.cross_entropy(net(x[hard]), y[hard])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"hard {loss.item():.5f} all {each.mean().item():.5f}")
