"""Only confident pseudo-labels count: a threshold on the weak view, a loss on the strong one."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1920)
net = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
truth = torch.arange(60) % 3
x = torch.randn(60, 3) + 2 * F.one_hot(truth, 3)
few = torch.arange(0, 9)
for step in range(8):
    weak, strong = x + 0.05 * torch.randn_like(x), x + 0.5 * torch.randn_like(x)
    with torch.no_grad():
        confidence, pseudo = net(weak).softmax(1).max(dim=1)
    mask = (confidence >= 0.6).float()
    unlabelled = (F.cross_entropy(net(strong), pseudo, reduction="none") * mask).mean()
    labelled = F.cross_entropy(net(weak[few]), truth[few])
    loss = labelled + unlabelled
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{labelled.item():.4f} {unlabelled.item():.4f} used {mask.mean().item():.2f}")
