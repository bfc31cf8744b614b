"""A Wasserstein critic whose slope penalty is made of an inner backward pass with a history."""
import torch
from torch import nn


def slope_penalty(critic, real, fake):
    share = torch.rand(len(real), 1)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    critic(between).sum().backward(create_graph=True)
    slope = between.grad.norm(p=2, dim=1)
    excess = (slope - 1).square().mean()
    return excess


torch.manual_seed(441)
critic = nn.Sequential(nn.Linear(3, 9), nn.LeakyReLU(0.3), nn.Linear(9, 9), nn.Tanh(), nn.Linear(9, 1))
optimizer = torch.optim.RMSprop(critic.parameters(), lr=5e-4)
for turn in range(3):
    real = torch.randn(12, 3) * 0.4 + torch.tensor([1.0, 0.0, -1.0])
    fake = torch.rand(12, 3)
    penalty = slope_penalty(critic, real, fake)
    loss = critic(fake).mean() - critic(real).mean() + 8.0 * penalty
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(turn, f"{loss.item():.5f} {penalty.item():.5f}")
