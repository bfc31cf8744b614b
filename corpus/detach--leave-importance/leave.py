"""Off-policy evaluation: importance weights are data."""
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(33)
behaviour = Normal(0.0, 1.5)
mean = nn.Parameter(torch.tensor(0.4))
log_std = nn.Parameter(torch.tensor(-0.1))
value = nn.Parameter(torch.zeros(()))
opt = torch.optim.Adam([mean, log_std, value], lr=0.05)

for k in range(6):
    a = behaviour.sample((64,))
    reward = -(a - 1.0) ** 2
    policy = Normal(mean, log_std.exp())
    logp = policy.log_prob(a)
    w = torch.exp(logp - behaviour.log_prob(a)).detach()
    w = w / w.sum()
    pg = -(w * logp * (reward - value.detach())).sum()
    baseline = (w * (reward - value) ** 2).sum()
    opt.zero_grad()
    (pg + baseline).backward()
    opt.step()
    print(k, f"mean {mean.item():.4f} std {log_std.exp().item():.4f} v {value.item():.4f}")
