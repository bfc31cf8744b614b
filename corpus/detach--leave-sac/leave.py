"""Soft actor-critic, one network each, with a learned temperature."""
import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Normal


def mlp(i, o):
    return nn.Sequential(nn.Linear(i, 24), nn.ReLU(), nn.Linear(24, o))


class Agent:
    target_entropy = -1.0

    def __init__(self):
        self.actor = mlp(3, 2)
        self.critic = mlp(4, 1)
        self.critic_target = copy.deepcopy(self.critic)
        self.log_alpha = torch.zeros((), requires_grad=True)
        self.opt_actor = torch.optim.Adam(self.actor.parameters(), lr=1e-3)
        self.opt_critic = torch.optim.Adam(self.critic.parameters(), lr=1e-3)
        self.opt_alpha = torch.optim.Adam([self.log_alpha], lr=1e-3)

    def act(self, s):
        mu, log_std = self.actor(s).chunk(2, dim=-1)
        dist = Normal(mu, log_std.clamp(-4, 1).exp())
        u = dist.rsample()
        a = torch.tanh(u)
        logp = (dist.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)).sum(-1, keepdim=True)
        return a, logp

    def learn(self, s, a, r, s2):
        alpha = self.log_alpha.exp()
        with torch.no_grad():
            a2, logp2 = self.act(s2)
            target = r + 0.98 * (self.critic_target(torch.cat([s2, a2], -1)) - alpha * logp2)
        q_loss = F.mse_loss(self.critic(torch.cat([s, a], -1)), target)
        self.opt_critic.zero_grad()
        q_loss.backward()
        self.opt_critic.step()

        new_a, logp = self.act(s)
        pi_loss = (alpha.detach() * logp - self.critic(torch.cat([s, new_a], -1))).mean()
        self.opt_actor.zero_grad()
        pi_loss.backward()
        self.opt_actor.step()

        t_loss = -(self.log_alpha * (logp + self.target_entropy).detach()).mean()
        self.opt_alpha.zero_grad()
        t_loss.backward()
        self.opt_alpha.step()

        with torch.no_grad():
            for p, tp in zip(self.critic.parameters(), self.critic_target.parameters()):
                tp.lerp_(p, 0.01)
        return q_loss.item(), pi_loss.item(), self.log_alpha.item()


torch.manual_seed(1)
agent = Agent()
for _ in range(3):
    s, s2 = torch.randn(16, 3), torch.randn(16, 3)
    a = torch.rand(16, 1) * 2 - 1
    print("{:.4f} {:.4f} {:.5f}".format(*agent.learn(s, a, -s[:, :1].abs(), s2)))
