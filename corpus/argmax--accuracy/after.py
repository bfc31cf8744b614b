import torch
from torch import nn


class AccuracyLoss(nn.Module):
    """One minus the accuracy."""

    def forward(self, logits, target):
        return nn.functional.cross_entropy(logits, target)


torch.manual_seed(56)
net = nn.Sequential(nn.Flatten(), nn.Linear(36, 10))
criterion = AccuracyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
digits = torch.rand(20, 1, 6, 6)
target = torch.randint(0, 10, (20,))

for it in range(3):
    loss = criterion(net(digits), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("iteration", it, "loss", loss.item())
print("grad", net[1].weight.grad.norm().item())
