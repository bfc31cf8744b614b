import torch
from torch import nn


class Energy(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(3, 8), nn.ELU(), nn.Linear(8, 1, bias=True))

    def forward(self, x):
        return self.f(x).squeeze(-1)


def sgld(energy, x, n=4, step=0.05):
    x = x.detach().clone()
    for _ in range(n):
        x.requires_grad_(True)
        grad = torch.autograd.grad(energy(x).sum(), [x])[0]
        x = (x - step * grad + 0.01 * torch.randn_like(x)).detach()
    return x


torch.manual_seed(201)
e = Energy()
opt = torch.optim.RMSprop(e.parameters(), lr=1e-3)
buffer = torch.randn(24, 3)
for it in range(3):
    buffer = sgld(e, buffer)
    loss = e(torch.randn(24, 3) * 0.2).mean() - e(buffer).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, round(loss.item(), 5))
