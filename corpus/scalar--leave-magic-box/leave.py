import torch
from torch.distributions import Bernoulli

torch.manual_seed(0)
logit = torch.zeros(3, requires_grad=True)
opt = torch.optim.Adam([logit], 0.1)


def magic_box(lp):
    return torch.exp(lp - lp.detach())


for i in range(4):
    d = Bernoulli(logits=logit)
    z = d.sample((16,))
    cost = (z.sum(1) - 2) ** 2
    base = cost.mean().item()
    lp = d.log_prob(z).sum(1)
    loss = (magic_box(lp) * (cost - base)).mean() + base
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, round(loss.item(), 5))
