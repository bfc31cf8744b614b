"""Fit a damped oscillation; curves for a later plot are collected as numpy arrays."""
import numpy as np
import torch

torch.manual_seed(7)
t = torch.linspace(0, 4, 60)
observed = 1.4 * torch.exp(-0.35 * t) * torch.cos(2.1 * t) + 0.02 * torch.randn(60)

amp = torch.tensor(1.0, requires_grad=True)
decay = torch.tensor(0.2, requires_grad=True)
omega = torch.tensor(2.0, requires_grad=True)
opt = torch.optim.Adam([amp, decay, omega], lr=0.02)

frames = []
for step in range(20):
    curve = amp * torch.exp(-decay * t) * torch.cos(omega * t)
    loss = torch.mean((curve - observed) ** 2)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 5 == 0:
        frames.append(curve.detach().numpy().copy())

stack = np.stack(frames)
residual = np.sqrt(np.mean((stack - observed.numpy()) ** 2, axis=1))
print("rms of each frame:", np.round(residual, 4))
print("amp %.4f decay %.4f omega %.4f" % (amp.item(), decay.item(), omega.item()))
