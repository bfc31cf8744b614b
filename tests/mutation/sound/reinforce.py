"""REINFORCE: the log-probabilities of drawn actions, weighted by standardised rewards."""
import torch
from torch import nn
from torch.distributions import Categorical


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 16)
        self.action = nn.Linear(16, 3)

    def forward(self, obs):
        h = torch.relu(self.hidden(obs))
        logits = self.action(h)
        return logits


def play(obs, actions):
    best = (obs[:, 0] > 0).long() + (obs[:, 1] > 0).long()
    return (actions == best).float() - 0.2


torch.manual_seed(16)
agent = Agent()
optimizer = torch.optim.Adam(agent.parameters(), lr=0.02)
for episode in range(3):
    obs = torch.randn(64, 2)
    logits = agent(obs)
    policy = Categorical(logits=logits)
    actions = policy.sample()
    rewards = play(obs, actions)
    advantage = (rewards - rewards.mean()) / rewards.std()
    log_prob = policy.log_prob(actions)
    weighted = log_prob * advantage
    loss = -weighted.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"episode {episode} loss {loss.item():.6f} reward {rewards.mean():.4f}")
