"""A deterministic actor trained through a critic, which is fitted to observed returns."""
import torch
from torch import nn


class Actor(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.fc1 = nn.Linear(n_obs, 12)
        self.fc2 = nn.Linear(12, n_act)

    def forward(self, obs):
        h = torch.relu(self.fc1(obs))
        raw = self.fc2(h)
        action = torch.tanh(raw)
        return action


class Critic(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.fc1 = nn.Linear(n_obs + n_act, 12)
        self.fc2 = nn.Linear(12, 1)

    def forward(self, obs, action):
        joint = torch.cat([obs, action], dim=1)
        h = torch.relu(self.fc1(joint))
        q = self.fc2(h)
        return q


torch.manual_seed(7)
actor = Actor(3, 1)
critic = Critic(3, 1)
actor_optimizer = torch.optim.Adam(actor.parameters(), lr=0.005)
critic_optimizer = torch.optim.Adam(critic.parameters(), lr=0.01)

for step in range(3):
    obs = torch.randn(24, 3)
    tried = torch.rand(24, 1) * 2 - 1
    returns = -((tried - obs[:, :1].tanh()) ** 2)

    value = critic(obs, tried)
    critic_loss = ((value - returns) ** 2).mean()
    critic_optimizer.zero_grad()
    critic_loss.backward()
    critic_optimizer.step()

    action = actor(obs)
    worth = critic(obs, action)
    actor_loss = -worth.mean()
    actor_optimizer.zero_grad()
    actor_loss.backward()
    actor_optimizer.step()
    print(f"critic {critic_loss.item():.5f} actor {actor_loss.item():.5f}")
