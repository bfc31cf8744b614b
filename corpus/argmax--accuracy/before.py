import torch
from torch import nn


class AccuracyLoss(nn.Module):
    """One minus the accuracy."""

    def forward(self, logits, target):
        hits = logits.argmax(dim=-1) == target
        return 1.0 - hits.float().mean()


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
