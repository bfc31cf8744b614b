"""Advantages are computed in numpy from detached values, and enter the losses as constants."""
import numpy as np
import torch
from torch import nn
from torch.distributions import Bernoulli


def gae(rewards, values, last, gamma=0.95, lam=0.9):
    adv = np.zeros_like(rewards)
    running = 0.0
    extended = np.append(values, last)
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * extended[t + 1] - extended[t]
        running = delta + gamma * lam * running
        adv[t] = running
    return adv


torch.manual_seed(3060)
pi, v = nn.Linear(2, 1), nn.Linear(2, 1)
opt = torch.optim.Adam([*pi.parameters(), *v.parameters()], lr=0.05)
for it in range(4):
    state, states, acts = torch.randn(2), [], []
    for _ in range(20):
        with torch.no_grad():
            a = Bernoulli(logits=pi(state)).sample()
        states.append(state)
        acts.append(a)
        state = 0.8 * state + 0.4 * (2 * a - 1) * torch.tensor([1.0, 0.0]) + 0.05 * torch.randn(2)
    s, a = torch.stack(states), torch.stack(acts)
    values = v(s).squeeze(1)
    rewards = -s[:, 0].abs().numpy()
    adv = gae(rewards, values.detach().numpy(), v(state).item())
    returns = torch.from_numpy(adv.astype(np.float32)) + values.detach()
    adv = torch.tensor((adv - adv.mean()) / (adv.std() + 1e-6), dtype=torch.float32)
    logp = Bernoulli(logits=pi(s)).log_prob(a).squeeze(1)
    loss = -(logp * adv).mean() + 0.5 * (values - returns).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, f"{loss.item():.5f} reward {rewards.mean():.4f}")
