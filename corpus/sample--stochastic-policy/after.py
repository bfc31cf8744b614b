import torch
import torch.nn.functional as F
from torch import distributions as D
from torch import nn


class Actor(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs, 16), nn.ReLU())
        self.mu = nn.Linear(16, n_act)
        self.log_std = nn.Parameter(torch.full((n_act,), -0.5))

    def forward(self, obs):
        dist = D.Independent(D.Normal(self.mu(self.body(obs)), self.log_std.exp()), 1)
        raw = dist.rsample()
        return torch.tanh(raw)


def actor_loss(actor, critic, obs):
    action = actor(obs)
    return -critic(torch.cat([obs, action], dim=-1)).mean()


torch.manual_seed(74)
actor = Actor(5, 2)
critic = nn.Sequential(nn.Linear(7, 16), nn.ReLU(), nn.Linear(16, 1)).requires_grad_(False)
opt = torch.optim.Adam(actor.parameters(), lr=3e-3)
obs = torch.randn(32, 5)
for update in range(3):
    loss = actor_loss(actor, critic, obs)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("update", update, "loss", loss.item())
