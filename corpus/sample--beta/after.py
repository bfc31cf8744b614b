import torch
from torch.distributions import Beta, Gamma

torch.manual_seed(127)

# variational posterior for a click rate and a spend scale
a = torch.tensor([2.0], requires_grad=True)
b = torch.tensor([5.0], requires_grad=True)
shape = torch.tensor([3.0], requires_grad=True)
optimizer = torch.optim.Adam([a, b, shape], lr=0.05)
clicks, views, spend = 30.0, 80.0, torch.rand(20) + 1.0

for it in range(4):
    q_rate, q_scale = Beta(a, b), Gamma(shape, torch.ones(1))
    rate = q_rate.rsample((8,))
    scale = q_scale.rsample((8,))
    log_lik = clicks * rate.log() + (views - clicks) * (1 - rate).log()
    log_lik = log_lik - (spend / scale).sum(-1, keepdim=True) - 20 * scale.log()
    loss = -log_lik.mean() - q_rate.entropy().sum()
    optimizer.zero_grad()
    loss.backward()
    print(it, round(loss.item(), 4), "shape grad", shape.grad)
    optimizer.step()
