"""A controller turns the last KL into the next beta, as a float; the KL itself is differentiated."""
import torch
from torch import nn


class Controller:
    def __init__(self, target, beta=0.5):
        self.target, self.beta = target, beta

    def update(self, kl: float):
        error = max(-0.2, min(0.2, kl / self.target - 1))
        self.beta *= 1 + 0.5 * error


torch.manual_seed(50)
enc, dec = nn.Linear(5, 4), nn.Linear(2, 5)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=0.02)
ctl = Controller(target=0.3)
x = torch.randn(40, 5)
for step in range(6):
    mu, logvar = enc(x).chunk(2, dim=1)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1).mean()
    rec = (dec(z) - x).pow(2).sum(1).mean()
    loss = rec + ctl.beta * kl
    opt.zero_grad()
    loss.backward()
    opt.step()
    ctl.update(float(kl))
    print(f"{rec.item():.4f} {kl.item():.4f} beta {ctl.beta:.4f}")
