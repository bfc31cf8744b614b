"""A right autograd.Function, with None for what is not a tensor."""
import torch
from torch import nn


class ScaledSwish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, beta: float, inplace: bool = False):
        s = torch.sigmoid(beta * x)
        ctx.save_for_backward(x, s)
        ctx.beta = beta
        return x * s

    @staticmethod
    def backward(ctx, grad):
        x, s = ctx.saved_tensors
        return grad * (s + ctx.beta * x * s * (1 - s)), None, None


torch.manual_seed(1600)
probe = torch.randn(5, dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda t: ScaledSwish.apply(t, 1.5), probe))

a, b = nn.Linear(3, 8), nn.Linear(8, 1)
opt = torch.optim.Adam([*a.parameters(), *b.parameters()], lr=0.02)
x = torch.randn(20, 3)
y = x.square().sum(1, keepdim=True)
for _ in range(4):
    loss = (b(ScaledSwish.apply(a(x), 1.5)) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f} {a.weight.grad.norm().item():.5f}")
