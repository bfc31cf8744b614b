"""The hook is to watch how large the gradient at the features is."""
import torch
from torch import nn

torch.manual_seed(431)
norms = []


def watch(grad):
    norms.append(grad.norm().item())


trunk = nn.Sequential(nn.Linear(7, 10), nn.Hardswish())
head = nn.Linear(10, 2)
opt = torch.optim.SGD([*trunk.parameters(), *head.parameters()], lr=0.1)
x = torch.randn(26, 7)
y = (x[:, 0] > x[:, 1]).long()

for turn in range(3):
    features = trunk(x)
    features.register_hook(watch)
    loss = nn.functional.cross_entropy(head(features), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(turn, round(loss.item(), 5))
print("watched", len(norms))
