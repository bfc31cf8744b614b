"""The actor's loss flows through the critic, whose optimizer does not step on it and clears it later."""
import torch
from torch import nn

torch.manual_seed(1210)
actor = nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 1), nn.Tanh())
critic = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1))
opt_actor = torch.optim.Adam(actor.parameters(), lr=3e-3)
opt_critic = torch.optim.Adam(critic.parameters(), lr=3e-3)


def q(s, a):
    return critic(torch.cat([s, a], dim=-1))


for it in range(5):
    s, s2 = torch.randn(16, 2), torch.randn(16, 2)
    with torch.no_grad():
        a = (actor(s) + 0.3 * torch.randn(16, 1)).clamp(-1, 1)
        target = -(a - s[:, :1]).pow(2) + 0.9 * q(s2, actor(s2))

    opt_critic.zero_grad()            # also drops what the actor's loss left here
    critic_loss = nn.functional.mse_loss(q(s, a), target)
    critic_loss.backward()
    opt_critic.step()

    opt_actor.zero_grad()
    actor_loss = -q(s, actor(s)).mean()
    actor_loss.backward()
    opt_actor.step()
    print(it, f"{critic_loss.item():.5f} {actor_loss.item():.5f}")
