"""numpy inside a Function, with the derivative written out: the graph does not need to see it."""
import numpy as np
import torch
from scipy.special import erf


class NormalCdf(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        values = 0.5 * (1 + erf(z.detach().numpy() / np.sqrt(2)))
        return torch.as_tensor(values, dtype=z.dtype)

    @staticmethod
    def backward(ctx, grad):
        (z,) = ctx.saved_tensors
        density = np.exp(-0.5 * z.detach().numpy() ** 2) / np.sqrt(2 * np.pi)
        return grad * torch.as_tensor(density, dtype=grad.dtype)


torch.manual_seed(1620)
print(torch.autograd.gradcheck(NormalCdf.apply, torch.randn(4, dtype=torch.float64, requires_grad=True)))

# probit regression
x = torch.randn(60, 2)
y = (x[:, 0] - 2 * x[:, 1] + 0.5 * torch.randn(60) > 0).float()
w = torch.zeros(2, requires_grad=True)
opt = torch.optim.SGD([w], lr=1.0)
for k in range(6):
    p = NormalCdf.apply(x @ w).clamp(1e-4, 1 - 1e-4)
    nll = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    opt.zero_grad()
    nll.backward()
    opt.step()
    print(k, f"{nll.item():.5f}", w.grad.tolist())
