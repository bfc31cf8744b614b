import torch
from torch import optim

torch.manual_seed(12)

# fit a filter that is robust to coefficient noise
taps = torch.zeros(5, requires_grad=True)
opt = optim.SGD([taps], lr=0.05)
signal = torch.randn(64)
wanted = 0.6 * signal + 0.3 * signal.roll(1) - 0.2 * signal.roll(2)
lagged = torch.stack([signal.roll(k) for k in range(5)], dim=1)

losses = []
for _ in range(6):
    opt.zero_grad()
    taps.add_(0.02 * torch.randn(5))
    loss = (lagged @ taps - wanted).pow(2).mean()
    loss.backward()
    losses.append(loss.item())
    opt.step()

print(" ".join(f"{v:.4f}" for v in losses))
print("tap gradient", taps.grad)
