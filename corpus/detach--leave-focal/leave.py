import torch
import torch.nn.functional as F
from torch import nn

GAMMA = 2.0


def focal(logits, target):
    """Cross entropy, modulated by how wrong the model is; the modulation is a weight, not a path."""
    ce = F.cross_entropy(logits, target, reduction="none")
    p_true = torch.exp(-ce)
    weight = (1 - p_true.detach()) ** GAMMA
    return (weight * ce).mean()


torch.manual_seed(9)
clf = nn.Linear(6, 3)
opt = torch.optim.SGD(clf.parameters(), lr=0.5)
x = torch.randn(45, 6)
y = (x[:, 0] > 0.8).long() + (x[:, 1] > 1.0).long()
for _ in range(5):
    opt.zero_grad()
    loss = focal(clf(x), y)
    loss.backward()
    opt.step()
    print(f"focal {loss.item():.5f}  |g| {clf.weight.grad.norm().item():.5f}")
