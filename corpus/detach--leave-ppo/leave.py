"""Clipped policy updates on a fixed batch of experience."""
from dataclasses import dataclass

import torch
from torch import nn
from torch.distributions import Categorical


@dataclass
class Rollout:
    obs: torch.Tensor
    actions: torch.Tensor
    old_logp: torch.Tensor
    returns: torch.Tensor
    advantage: torch.Tensor


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 16), nn.Tanh())
        self.pi, self.v = nn.Linear(16, 4), nn.Linear(16, 1)

    def forward(self, obs):
        h = self.body(obs)
        return Categorical(logits=self.pi(h)), self.v(h).squeeze(-1)


def collect(net, n=32):
    obs = torch.randn(n, 3)
    dist, value = net(obs)
    actions = dist.sample()
    returns = (actions.float() - 1.5) * obs[:, 0] + 0.1 * torch.randn(n)
    advantage = returns - value.detach()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    return Rollout(obs, actions, dist.log_prob(actions).detach(), returns, advantage)


def update(net, opt, batch, clip=0.2):
    dist, value = net(batch.obs)
    ratio = torch.exp(dist.log_prob(batch.actions) - batch.old_logp)
    bounded = ratio.clamp(1 - clip, 1 + clip)
    policy = -torch.min(ratio * batch.advantage, bounded * batch.advantage).mean()
    critic = (value - batch.returns).pow(2).mean()
    loss = policy + 0.5 * critic - 0.01 * dist.entropy().mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    opt.step()
    return policy.item(), critic.item()


torch.manual_seed(8)
net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for it in range(3):
    batch = collect(net)
    for _ in range(3):
        p, c = update(net, opt, batch)
    print(f"iteration {it}: policy {p:+.4f} critic {c:.4f}")
