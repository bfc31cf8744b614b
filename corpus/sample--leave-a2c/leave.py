"""Advantage actor-critic on a line world, rollouts of six steps with a bootstrap value."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(2220)
net = nn.ModuleDict({"h": nn.Linear(1, 12), "pi": nn.Linear(12, 3), "v": nn.Linear(12, 1)})
opt = torch.optim.RMSprop(net.parameters(), lr=5e-3)


def act(pos):
    h = torch.tanh(net["h"](pos))
    return Categorical(logits=net["pi"](h)), net["v"](h).squeeze(-1)


pos = torch.linspace(-2, 2, 8).unsqueeze(1)
for update in range(5):
    logps, values, rewards, entropy = [], [], [], 0.0
    for _ in range(6):
        dist, v = act(pos)
        move = dist.sample()
        logps.append(dist.log_prob(move))
        values.append(v)
        entropy = entropy + dist.entropy().mean() / 6
        pos = (pos + 0.3 * (move - 1).unsqueeze(1)).clamp(-3, 3)
        rewards.append(-pos.squeeze(1).abs())
    with torch.no_grad():
        ret = act(pos)[1]
    returns = []
    for r in reversed(rewards):
        ret = r + 0.95 * ret
        returns.append(ret)
    returns = torch.stack(returns[::-1])
    values = torch.stack(values)
    adv = returns - values
    loss = -(torch.stack(logps) * adv.detach()).mean() + 0.5 * adv.pow(2).mean() - 0.01 * entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(update, f"return {returns[0].mean().item():.4f} loss {loss.item():.4f}")
