from collections import namedtuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical

Saved = namedtuple("Saved", "log_prob value reward")
GAMMA = 0.9


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(3, 16)
        self.actor = nn.Linear(16, 3)
        self.critic = nn.Linear(16, 1)

    def forward(self, state):
        h = torch.tanh(self.shared(state))
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


def rollout(net, steps):
    state, saved = torch.zeros(3), []
    for _ in range(steps):
        dist, value = net(state)
        action = dist.sample()
        state = 0.5 * state + F.one_hot(action, 3).float()
        reward = float(state[2] - state[0])
        saved.append(Saved(dist.log_prob(action), value, reward))
    return saved


def losses(saved):
    returns, g = [], 0.0
    for item in reversed(saved):
        g = item.reward + GAMMA * g
        returns.insert(0, g)
    returns = torch.tensor(returns)
    values = torch.stack([s.value for s in saved])
    log_probs = torch.stack([s.log_prob for s in saved])
    advantage = (returns - values).detach()
    return -(log_probs * advantage).mean(), F.smooth_l1_loss(values, returns)


torch.manual_seed(100)
net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for episode in range(3):
    policy_loss, value_loss = losses(rollout(net, steps=8))
    loss = policy_loss + 0.5 * value_loss
    print(f"episode {episode}: policy {policy_loss.item():.4f} value {value_loss.item():.4f}")
    opt.zero_grad()
    loss.backward()
    opt.step()
