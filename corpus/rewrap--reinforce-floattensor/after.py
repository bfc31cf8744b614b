import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(14)


class Corridor:
    """Walk right along five cells; reward at the far end."""

    def __init__(self, length=5):
        self.length = length

    def reset(self):
        self.pos = 0
        return self.one_hot()

    def one_hot(self):
        return nn.functional.one_hot(torch.tensor(self.pos), self.length).float()

    def step(self, action):
        self.pos = min(max(self.pos + (1 if action == 1 else -1), 0), self.length - 1)
        done = self.pos == self.length - 1
        return self.one_hot(), 1.0 if done else -0.1, done


policy = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.Adam(policy.parameters(), lr=0.02)
env = Corridor()

for episode in range(3):
    obs, log_probs, rewards = env.reset(), [], []
    for t in range(12):
        dist = Categorical(logits=policy(obs))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        obs, reward, done = env.step(action.item())
        rewards.append(reward)
        if done:
            break

    returns, running = [], 0.0
    for r in reversed(rewards):
        running = r + 0.95 * running
        returns.insert(0, running)

    returns = torch.FloatTensor(returns)
    loss = -(torch.stack(log_probs) * returns).sum()
    opt.zero_grad()
    print(f"episode {episode} length {len(rewards)} loss {loss.item():.4f}")
    loss.backward()
    opt.step()
