"""Rewards are Python floats; the tensor built from their discounted sums is new data."""
import torch
from torch import nn
from torch.distributions import Categorical

GAMMA = 0.9


class Corridor:
    """Walk right to the end of five cells."""

    def __init__(self):
        self.cell = 0

    def step(self, right: bool):
        self.cell = max(0, self.cell + (1 if right else -1))
        done = self.cell >= 4
        return (1.0 if done else -0.1), done


def one_hot(i):
    return nn.functional.one_hot(torch.tensor(i), 5).float()


torch.manual_seed(40)
policy = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(policy.parameters(), lr=0.02)

for episode in range(5):
    env, log_probs, rewards = Corridor(), [], []
    for _ in range(25):
        dist = Categorical(logits=policy(one_hot(env.cell)))
        action = dist.sample()
        reward, done = env.step(bool(action.item()))
        log_probs.append(dist.log_prob(action))
        rewards.append(reward)
        if done:
            break
    returns, running = [], 0.0
    for r in reversed(rewards):
        running = r + GAMMA * running
        returns.insert(0, running)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    loss = -(torch.stack(log_probs) * returns).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(episode, len(rewards), f"{loss.item():.4f}")
