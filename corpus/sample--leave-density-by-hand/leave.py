import math
import torch
from torch import nn

torch.manual_seed(202)
mean_net = nn.Linear(2, 1)
log_sigma = nn.Parameter(torch.zeros(1))
opt = torch.optim.Adam([*mean_net.parameters(), log_sigma], lr=1e-2)


def play(state, action):
    """Reward of a tiny environment that is written in torch."""
    return -(action - state.sum(-1, keepdim=True)).pow(2).clamp(max=4.0)


for it in range(3):
    s = torch.randn(32, 2)
    mu, sd = mean_net(s), log_sigma.exp()
    a = torch.distributions.Normal(mu, sd).sample()
    r = play(s, a)
    logp = -0.5 * ((a - mu) / sd) ** 2 - log_sigma - 0.5 * math.log(2 * math.pi)
    loss = -(logp * (r - r.mean())).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, f"{r.mean().item():.4f}")
