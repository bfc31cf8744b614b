"""Plain Python lists, of things that have no parameters."""
import torch
from torch import nn


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 9)
        self.activations = [torch.sin, nn.Tanh(), nn.LeakyReLU(0.1)]
        self.pools = [nn.AvgPool1d(3), nn.MaxPool1d(3)]
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        h = self.linear(x).view(-1, 3, 3)
        h = torch.stack([f(h[:, i]) for i, f in enumerate(self.activations)], dim=1)
        return self.out(torch.cat([pool(h).squeeze(-1) for pool in self.pools], dim=1))


torch.manual_seed(1010)
net = Mixed()
opt = torch.optim.RMSprop(net.parameters(), lr=0.01)
x = torch.randn(30, 5)
y = x.sin().sum(1, keepdim=True)
for _ in range(5):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
