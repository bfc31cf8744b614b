"""REINFORCE with a learned baseline: actions are samples, the gradient comes by log_prob."""
import torch
from torch import nn
from torch.distributions import Normal


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu = nn.Linear(2, 1)
        self.log_std = nn.Parameter(torch.tensor([-0.5]))

    def forward(self, s):
        return Normal(self.mu(s), self.log_std.exp())


torch.manual_seed(2200)
policy, baseline = Policy(), nn.Linear(2, 1)
opt = torch.optim.Adam([{"params": policy.parameters()}, {"params": baseline.parameters(), "lr": 0.05}], lr=0.02)
for episode in range(6):
    s = torch.randn(64, 2)
    dist = policy(s)
    a = dist.sample()
    reward = -(a - s.sum(1, keepdim=True)).pow(2)
    b = baseline(s)
    advantage = (reward - b).detach()
    loss = -(dist.log_prob(a) * advantage).mean() + (reward - b).pow(2).mean() - 1e-3 * dist.entropy().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(episode, f"reward {reward.mean().item():.4f} std {policy.log_std.exp().item():.4f}")
