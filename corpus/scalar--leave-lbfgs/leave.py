"""The closure hands a tensor to the optimizer; the float is only kept for the log."""
import torch

torch.manual_seed(61)
x = torch.linspace(0.1, 3, 40)
y = 2.5 * x**0.7 + 0.01 * torch.randn(40)
log_scale = torch.zeros(1, requires_grad=True)
power = torch.ones(1, requires_grad=True)
opt = torch.optim.LBFGS([log_scale, power], lr=0.5, max_iter=8)
log = []


def closure():
    opt.zero_grad()
    loss = (torch.exp(log_scale) * x**power - y).pow(2).mean()
    loss.backward()
    log.append(float(loss))
    return loss


for _ in range(3):
    opt.step(closure)
print(len(log), f"{log[0]:.4f} -> {log[-1]:.6f}")
print(round(log_scale.exp().item(), 3), round(power.item(), 3))
