import torch
import torch.nn as nn


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.base = nn.Sequential(nn.Linear(3, 16), nn.ReLU())
        self.mu, self.log_std = nn.Linear(16, 1), nn.Linear(16, 1)

    def forward(self, obs):
        h = self.base(obs)
        return self.mu(h), self.log_std(h).clamp(-5, 2)

    def act(self, obs):
        mu, log_std = self(obs)
        normal = torch.distributions.Normal(mu, log_std.exp())
        u = normal.rsample()
        a = torch.tanh(u)
        logp = normal.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)
        return a, logp


torch.manual_seed(52)
actor, q = Actor(), nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
for p in q.parameters():
    p.requires_grad_(False)
opt = torch.optim.Adam(actor.parameters(), lr=3e-3)
obs = torch.randn(64, 3)
ALPHA = 0.2
for it in range(3):
    action, logp = actor.act(obs)
    loss = (ALPHA * logp - q(torch.cat([obs, action], dim=1))).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, f"actor loss {loss.item():.4f}")
