import torch
from torch import nn
from torch.distributions import Normal, kl_divergence


class VAE(nn.Module):
    def __init__(self, d=9, z=2):
        super().__init__()
        self.enc = nn.Linear(d, 2 * z)
        self.dec = nn.Linear(z, d)

    def posterior(self, x) -> Normal:
        mu, log_sigma = self.enc(x).chunk(2, dim=-1)
        return Normal(mu, log_sigma.exp())

    def elbo(self, x):
        q = self.posterior(x)
        z = q.sample()
        log_px = Normal(self.dec(z), 1.0).log_prob(x).sum(-1)
        kl = kl_divergence(q, Normal(0.0, 1.0)).sum(-1)
        return (log_px - kl).mean()


torch.manual_seed(51)
vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=1e-2)
data = torch.randn(50, 9)
for epoch in range(3):
    opt.zero_grad()
    loss = -vae.elbo(data)
    loss.backward()
    opt.step()
    print(f"epoch {epoch} -elbo {loss.item():.4f}")
