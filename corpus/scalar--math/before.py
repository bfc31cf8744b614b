import math

import torch

torch.manual_seed(57)

# Maximum likelihood for a Weibull lifetime model.
lifetimes = torch.empty(60, dtype=torch.float64).exponential_().pow(0.7) * 2.0

log_shape = torch.zeros((), dtype=torch.float64, requires_grad=True)
log_scale = torch.full((), 0.4, dtype=torch.float64, requires_grad=True)


def log_density(t, log_shape, log_scale):
    shape = math.exp(log_shape)
    scale = math.exp(log_scale)
    z = t / scale
    return math.log(shape / scale) + (shape - 1) * torch.log(z) - z ** shape


def mean_life(log_shape, log_scale):
    return math.exp(log_scale + math.lgamma(1 + math.exp(-log_shape)))


optimizer = torch.optim.Adam([log_shape, log_scale], lr=0.05)
print(f"mean life at start {mean_life(log_shape.item(), log_scale.item()):.4f}")
for i in range(3):
    optimizer.zero_grad()
    nll = -log_density(lifetimes, log_shape, log_scale).mean()
    print(f"{i}: nll {nll.item():.6f}")
    nll.backward()
    optimizer.step()

print("gradients", log_shape.grad, log_scale.grad)
