"""A root finder with an implicit-function gradient: the iterations run outside the graph."""
import torch


class CubeRootish(torch.autograd.Function):
    """Solves r**3 + r = a."""

    @staticmethod
    def forward(ctx, a):
        r = torch.zeros_like(a)
        for _ in range(30):
            r = r - (r**3 + r - a) / (3 * r**2 + 1)
        ctx.save_for_backward(r)
        return r

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        (r,) = ctx.saved_tensors
        return grad / (3 * r**2 + 1)


solve = CubeRootish.apply
print(torch.autograd.gradcheck(solve, torch.tensor([-2.0, 0.3, 5.0], dtype=torch.float64, requires_grad=True)))
gain = torch.tensor(1.0, requires_grad=True)
x = torch.linspace(-3, 3, 15)
y = solve(2.5 * x)
for it in range(30):
    loss = (solve(gain * x) - y).pow(2).mean()
    (g,) = torch.autograd.grad(loss, gain)
    with torch.no_grad():
        gain -= 2.0 * g
    if it % 10 == 0:
        print(it, f"{loss.item():.6f} {g.item():+.6f}")
print(round(gain.item(), 3))
