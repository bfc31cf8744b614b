"""torch.func: parameters are a plain dict, gradients come from grad, new values from a comprehension."""
import torch
from torch import nn
from torch.func import functional_call, grad_and_value, vmap

torch.manual_seed(3130)
net = nn.Sequential(nn.Linear(2, 10), nn.Tanh(), nn.Linear(10, 1))
params = {k: p.detach().clone() for k, p in net.named_parameters()}
x = torch.randn(40, 2)
y = x[:, :1] * x[:, 1:]


def loss_of(p, xb, yb):
    return (functional_call(net, p, (xb,)) - yb).pow(2).mean()


step = grad_and_value(loss_of)
for i in range(6):
    grads, value = step(params, x, y)
    params = {k: p - 0.2 * grads[k] for k, p in params.items()}
    if i % 2:
        print(i, f"{value.item():.6f}")

per_sample = vmap(lambda xi, yi: step(params, xi, yi)[1])(x, y)
print("worst sample", f"{per_sample.max().item():.5f}")
