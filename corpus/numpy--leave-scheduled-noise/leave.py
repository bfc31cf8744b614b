"""numpy decides schedules and masks; only constants cross over into the graph."""
import functools

import numpy as np
import torch
from torch import nn


def cosine_betas(n, s=0.008):
    f = np.cos((np.arange(n + 1) / n + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - f[1:] / f[:-1], 0, 0.999)


def q_sample(x0, k, noise, abar):
    a = abar[k].unsqueeze(1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


torch.manual_seed(31)
abar = torch.tensor(np.cumprod(1.0 - cosine_betas(10)), dtype=torch.float32)
diffuse = functools.partial(q_sample, abar=abar)
denoiser = nn.Sequential(nn.Linear(3, 24), nn.SiLU(), nn.Linear(24, 2))
opt = torch.optim.Adam(denoiser.parameters(), lr=5e-3)
angle = torch.rand(64) * 2 * np.pi
points = torch.stack([angle.cos(), angle.sin()], 1)

trace = np.empty(5)
for step in range(5):
    k = torch.randint(0, 10, (64,))
    noise = torch.randn_like(points)
    noisy = diffuse(points, k, noise)
    guess = denoiser(torch.cat([noisy, k.float().unsqueeze(1) / 10], 1))
    loss = (guess - noise).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    trace[step] = loss.item()
print(np.array2string(trace, precision=4))
print("slope", np.polyfit(np.arange(5), trace, 1)[0] < 0)
