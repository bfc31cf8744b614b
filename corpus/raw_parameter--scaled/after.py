import torch
import torch.nn as nn


class RBFNet(nn.Module):
    def __init__(self, n_centres, dim):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(n_centres, dim) * 0.7)
        self.log_width = nn.Parameter(torch.zeros(n_centres))
        self.readout = nn.Linear(n_centres, 1)

    def forward(self, x):
        d2 = (x[:, None, :] - self.centres[None]).pow(2).sum(-1)
        return self.readout(torch.exp(-d2 * self.log_width.exp())).squeeze(-1)


torch.manual_seed(30)
x = torch.rand(32, 2) * 2 - 1
y = torch.sin(3 * x[:, 0]) * x[:, 1]

net = RBFNet(10, 2)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for step in range(8):
    opt.zero_grad()
    loss = (net(x) - y).square().mean()
    loss.backward()
    opt.step()
    print(step, loss.item())
