"""Semi-gradient TD: the same network gives the estimate with a graph and its target without."""
import torch
from torch import nn

torch.manual_seed(2320)
value = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.SGD(value.parameters(), lr=0.05)


def lambda_targets(rewards, values, gamma=0.9, lam=0.8):
    last, out = values[-1], []
    for r, v_next in zip(reversed(rewards), reversed(values[1:])):
        last = r + gamma * ((1 - lam) * v_next + lam * last)
        out.append(last)
    return torch.stack(out[::-1])


for episode in range(5):
    states = [torch.randn(2)]
    for _ in range(8):
        states.append(0.9 * states[-1] + 0.1 * torch.randn(2))
    v = value(torch.stack(states)).squeeze(1)
    rewards = [-s.norm().pow(2) for s in states[1:]]
    goal = lambda_targets(rewards, list(v.detach()))
    loss = 0.5 * (v[:-1] - goal).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(episode, f"{loss.item():.5f} value {v[0].item():+.4f}")
