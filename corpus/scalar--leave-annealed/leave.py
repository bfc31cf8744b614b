"""Temperature, learning rate and teacher-forcing ratio are floats that follow a schedule."""
import math

import torch
from torch import nn


def temperature(step, start=2.0, end=0.5, rate=0.2):
    return end + (start - end) * math.exp(-rate * step)


torch.manual_seed(90)
logits = nn.Parameter(torch.zeros(6))
value = torch.tensor([0.1, 0.9, 0.3, 1.2, 0.2, 0.8])
opt = torch.optim.SGD([logits], lr=1.0)
schedule = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: 1 / math.sqrt(1 + k))
for step in range(8):
    tau = temperature(step)
    p = torch.softmax(logits / tau, 0)
    loss = -(p * value).sum() - 0.01 * tau * torch.special.entr(p).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    schedule.step()
    print(f"tau {tau:.3f} lr {schedule.get_last_lr()[0]:.3f} expected {-loss.item():.4f}")
