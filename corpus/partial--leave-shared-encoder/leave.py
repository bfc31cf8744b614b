"""The probe reads the encoder's features but may not shape them; the main task does."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 10), nn.ReLU())
        self.task = nn.Linear(10, 1)
        self.probe = nn.Linear(10, 2)

    def forward(self, x):
        h = self.encoder(x)
        return self.task(h), self.probe(h.detach())


torch.manual_seed(2330)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
x = torch.randn(50, 5)
y = x[:, :2].sum(1, keepdim=True)
side = (x[:, 4] > 0).long()
for epoch in range(5):
    out, hint = net(x)
    task = nn.functional.mse_loss(out, y)
    probe = nn.functional.cross_entropy(hint, side)
    opt.zero_grad()
    (task + probe).backward()
    opt.step()
    print(epoch, f"task {task.item():.5f} probe {probe.item():.5f}")
print(all(p.grad.norm() > 0 for p in net.parameters()))
