import torch
from torch import nn


class RandomKitchen(nn.Module):

    def __init__(self, d, m):
        super().__init__()
        self.enc = nn.Linear(d, 4)
        self.W = torch.randn(4, m)
        self.b = 6.28 * torch.rand(m)
        self.out = nn.Linear(m, 1)

    def forward(self, x):
        return self.out(torch.cos(self.enc(x) @ self.W + self.b))


torch.manual_seed(207)
net = RandomKitchen(3, 24)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(30, 3), torch.randn(30, 1)
for i in range(3):
    loss = (net(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, round(loss.item(), 5))
