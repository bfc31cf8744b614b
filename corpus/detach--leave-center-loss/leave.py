"""Class centres follow the features as running means; features are pulled to centres, not the reverse."""
import torch
from torch import nn


class CenterLoss(nn.Module):
    def __init__(self, classes, dim, rate=0.2):
        super().__init__()
        self.register_buffer("centers", torch.zeros(classes, dim))
        self.rate = rate

    def forward(self, z, y):
        loss = (z - self.centers[y]).pow(2).sum(1).mean()
        for c in y.unique():
            mean = z[y == c].mean(0).detach()
            self.centers[c] = (1 - self.rate) * self.centers[c] + self.rate * mean
        return loss


torch.manual_seed(3030)
enc, clf = nn.Linear(4, 3), nn.Linear(3, 3)
center = CenterLoss(3, 3)
opt = torch.optim.SGD([*enc.parameters(), *clf.parameters()], lr=0.2)
y = torch.arange(30) % 3
x = torch.randn(30, 4) + y.unsqueeze(1)
for step in range(5):
    z = torch.tanh(enc(x))
    ce, pull = nn.functional.cross_entropy(clf(z), y), center(z, y)
    opt.zero_grad()
    (ce + 0.1 * pull).backward()
    opt.step()
    print(step, f"ce {ce.item():.4f} pull {pull.item():.4f}")
