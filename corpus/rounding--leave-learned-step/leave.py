"""A learned step size: the scale gets its gradient from both terms around the rounding."""
import torch


def round_pass(x):
    return (x.round() - x).detach() + x


def quantize(w, step, top=7):
    return round_pass((w / step).clamp(-top, top)) * step


torch.manual_seed(2130)
w = torch.randn(200)
step = torch.tensor(0.05, requires_grad=True)
opt = torch.optim.SGD([step], lr=0.05)
for k in range(10):
    err = (quantize(w, step) - w).pow(2).mean()
    opt.zero_grad()
    err.backward()
    opt.step()
    if k % 3 == 0:
        levels = (w / step.detach()).round().clamp(-7, 7).unique().numel()
        print(k, f"{err.item():.6f} step {step.item():.5f} grad {step.grad.item():+.5f} levels {levels}")
