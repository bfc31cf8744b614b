import torch
from torch import nn


def f1_loss(logits, target, eps=1e-7):
    pred = (torch.sigmoid(logits) > 0.5).float()
    tp = (pred * target).sum()
    fp = (pred * (1 - target)).sum()
    fn = ((1 - pred) * target).sum()
    f1 = 2 * tp / (2 * tp + fp + fn + eps)
    return 1 - f1


torch.manual_seed(60)
net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(64, 5)
target = (x[:, 0] > 0).float()
for epoch in range(3):
    loss = f1_loss(net(x), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("epoch", epoch, "1-F1", round(loss.item(), 4))
