"""Harmonic oscillator u'' + w^2 u = 0 with a physics-informed network."""
import torch
from torch import nn

torch.manual_seed(25)
OMEGA = 2.0


def residual(net, t):
    u = net(t)
    u_t = torch.autograd.grad(u, t, torch.ones_like(u))[0]
    u_tt = torch.autograd.grad(u_t, t, torch.ones_like(u_t))[0]
    return u_tt + OMEGA ** 2 * u


net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
t = torch.linspace(0, 1.5, 16).unsqueeze(1).requires_grad_()

for it in range(5):
    opt.zero_grad()
    physics = residual(net, t).pow(2).mean()
    initial = (net(torch.zeros(1, 1)) - 1.0).pow(2).mean()
    loss = physics + 10.0 * initial
    loss.backward()
    opt.step()
    print(it, "physics", physics.item(), "initial", initial.item())
