import torch
import torch.nn as nn
from torch.distributions import Categorical


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.logit_scale = torch.tensor(1.0)
        self.out = nn.Linear(8, 2)

    def forward(self, s):
        return self.out(torch.relu(self.fc(s))) * self.logit_scale


def rollout(policy, steps):
    state = torch.randn(4)
    log_probs, rewards = [], []
    for _ in range(steps):
        dist = Categorical(logits=policy(state))
        a = dist.sample()
        log_probs.append(dist.log_prob(a).item())
        state = 0.9 * state + (a.item() - 0.5) + 0.1 * torch.randn(4)
        rewards.append(-state.abs().sum().item())
    return log_probs, rewards


def returns(rewards, gamma=0.95):
    out, g = [], 0.0
    for r in reversed(rewards):
        g = r + gamma * g
        out.insert(0, g)
    out = torch.tensor(out)
    return (out - out.mean()) / (out.std() + 1e-6)


torch.manual_seed(66)
policy = Policy()
opt = torch.optim.Adam(policy.parameters(), lr=5e-3)
for episode in range(3):
    log_probs, rewards = rollout(policy, 6)
    G = returns(rewards)
    loss = -(torch.tensor(log_probs) * G).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("episode", episode, "return", round(sum(rewards), 3), "loss", round(loss.item(), 4))
