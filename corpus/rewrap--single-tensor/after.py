import torch
from torch import nn

torch.manual_seed(19)


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.lin = nn.Linear(dim, dim)

    def forward(self, x):
        return x + torch.relu(self.lin(self.norm(x)))


class Forecaster(nn.Module):
    def __init__(self, dim=6, depth=2):
        super().__init__()
        self.embed = nn.Linear(4, dim)
        self.blocks = nn.ModuleList(ResidualBlock(dim) for _ in range(depth))
        self.readout = nn.Linear(dim, 1)

    def forward(self, series):
        h = self.embed(series)
        for block in self.blocks:
            h = block(h)
        return self.readout(h)[:, -1, 0]


series = torch.randn(10, 6, 4)
next_value = series[:, -1].mean(dim=-1)
net = Forecaster()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(3):
    loss = (net(series) - next_value).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("epoch", epoch, "mse", "%.5f" % loss)
learned = sum(p.grad is not None for p in net.parameters())
print("parameters with a gradient:", learned)
