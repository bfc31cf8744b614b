import torch
from torch import nn

torch.manual_seed(124)
net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
x, y = torch.randn(12, 3), torch.randn(12, 1)
params = list(net.parameters())
v = [torch.randn_like(p) for p in params]
loss = (net(x) - y).pow(2).mean()
grads = torch.autograd.grad(loss, params)
dot = sum((g * u).sum() for g, u in zip(grads, v))
hv = torch.autograd.grad(dot, params)
print("vHv", round(sum((h * u).sum() for h, u in zip(hv, v)).item(), 5))
