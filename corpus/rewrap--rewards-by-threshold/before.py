import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import namedtuple

Step = namedtuple("Step", "log_prob reward")


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def act(self, obs):
        dist = torch.distributions.Categorical(F.softmax(self.fc(obs), dim=-1))
        a = dist.sample()
        return a.item(), dist.log_prob(a)


def env_step(obs, action):
    nxt = obs.roll(action + 1) * 0.9
    return nxt, float(nxt[0] > 0)


torch.manual_seed(0)
agent = Agent()
optimizer = torch.optim.Adam(agent.parameters(), lr=0.01)

for episode in range(3):
    obs = torch.randn(4)
    trajectory = []
    for _ in range(8):
        action, logp = agent.act(obs)
        obs, reward = env_step(obs, action)
        trajectory.append(Step(logp, reward))
    rewards = torch.FloatTensor([s.reward for s in trajectory])
    rewards = rewards - rewards.mean()
    log_probs = torch.FloatTensor([s.log_prob for s in trajectory])
    loss = -(log_probs * rewards).sum()
    optimizer.zero_grad()
    try:
        loss.backward()
        optimizer.step()
    except RuntimeError as err:
        print("episode", episode, "skipped:", err)
        continue
    print("episode", episode, loss.item(), agent.fc.weight.grad.norm().item())
