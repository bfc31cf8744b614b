import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(12)


class GaussianActor(nn.Module):
    def __init__(self, obs_dim=4, act_dim=2):
        super().__init__()
        self.mu = nn.Sequential(nn.Linear(obs_dim, 8), nn.Tanh(), nn.Linear(8, act_dim))
        self.log_std = nn.Parameter(-0.5 * torch.ones(act_dim))

    def distribution(self, obs):
        return Normal(self.mu(obs), torch.exp(self.log_std))

    def log_prob(self, obs, act):
        return self.distribution(obs).log_prob(act).sum(dim=-1)


actor = GaussianActor()
opt = torch.optim.Adam(actor.parameters(), lr=3e-4)
obs = torch.randn(20, 4)
act = torch.randn(20, 2)
advantage = torch.randn(20)

for _ in range(3):
    pg_loss = -(actor.log_prob(obs, act) * advantage).mean()
    opt.zero_grad()
    pg_loss.backward()
    opt.step()
    print("policy gradient loss %.4f" % pg_loss.item())
