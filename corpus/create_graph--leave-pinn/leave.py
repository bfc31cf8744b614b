"""u'' + u = 0 with u(0) = 0, u'(0) = 1: the residual needs second derivatives with a graph."""
import torch
from torch import nn


def derivative(u, t):
    return torch.autograd.grad(u.sum(), t, create_graph=True)[0]


torch.manual_seed(1410)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
t = torch.linspace(0, 3, 40).unsqueeze(1).requires_grad_()
origin = torch.zeros(1, 1, requires_grad=True)
for it in range(12):
    u = net(t)
    residual = derivative(derivative(u, t), t) + u
    u0 = net(origin)
    start = u0.pow(2) + (derivative(u0, origin) - 1).pow(2)
    loss = residual.pow(2).mean() + 5 * start.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 4 == 3:
        with torch.no_grad():
            err = (net(t) - t.sin()).abs().max()
        print(it, f"{loss.item():.5f} max error {err.item():.4f}")
