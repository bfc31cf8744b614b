"""Gradient penalty for a critic: the inner gradient is itself differentiated."""
import torch
from torch import nn


def penalty(critic, real, fake):
    mix = torch.rand(len(real), 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    score = critic(between)
    (grad,) = torch.autograd.grad(score, between, grad_outputs=torch.ones_like(score), create_graph=True)
    return (grad.norm(2, dim=1) - 1).pow(2).mean()


torch.manual_seed(1400)
critic = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1, bias=False))
gen = nn.Linear(3, 2)
oc = torch.optim.Adam(critic.parameters(), lr=0.01, betas=(0.5, 0.9))
og = torch.optim.Adam(gen.parameters(), lr=0.01, betas=(0.5, 0.9))
for step in range(4):
    real, fake = torch.randn(16, 2) + 2, gen(torch.randn(16, 3))
    gp = penalty(critic, real, fake.detach())
    oc.zero_grad()
    (critic(fake.detach()).mean() - critic(real).mean() + 10 * gp).backward()
    oc.step()
    og.zero_grad()
    g = -critic(fake).mean()
    g.backward()
    og.step()
    print(step, f"penalty {gp.item():.5f} generator {g.item():.5f}")
