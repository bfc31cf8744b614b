"""Domain adaptation: the feature extractor climbs what the domain classifier descends."""
import torch
import torch.nn.functional as F
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return grad.neg() * ctx.strength, None


torch.manual_seed(1610)
feat = nn.Sequential(nn.Linear(4, 10), nn.ReLU())
label, domain = nn.Linear(10, 2), nn.Linear(10, 2)
opt = torch.optim.SGD([p for m in (feat, label, domain) for p in m.parameters()], lr=0.1)
source, target = torch.randn(20, 4), torch.randn(20, 4) + 0.7
y = (source[:, 0] > 0).long()
d = torch.cat([torch.zeros(20), torch.ones(20)]).long()
for epoch in range(5):
    strength = 2 / (1 + 2.718 ** (-epoch / 2)) - 0.5
    h = feat(torch.cat([source, target]))
    task = F.cross_entropy(label(h[:20]), y)
    confusion = F.cross_entropy(domain(Reverse.apply(h, strength)), d)
    opt.zero_grad()
    (task + confusion).backward()
    opt.step()
    print(epoch, f"task {task.item():.5f} domain {confusion.item():.5f}")
