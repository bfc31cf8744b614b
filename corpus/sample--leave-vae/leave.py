"""The reparameterised sample keeps its path; sample() is only used to look at new images."""
import torch
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence


class VAE(nn.Module):
    def __init__(self, d, latent):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, 16), nn.ReLU(), nn.Linear(16, 2 * latent))
        self.dec = nn.Sequential(nn.Linear(latent, 16), nn.ReLU(), nn.Linear(16, d))
        self.prior = Independent(Normal(torch.zeros(latent), torch.ones(latent)), 1)

    def forward(self, x):
        mu, raw = self.enc(x).chunk(2, -1)
        q = Independent(Normal(mu, nn.functional.softplus(raw) + 1e-4), 1)
        z = q.rsample()
        rec = nn.functional.mse_loss(self.dec(z), x, reduction="none").sum(-1)
        return (rec + kl_divergence(q, self.prior)).mean()

    @torch.no_grad()
    def imagine(self, n):
        return self.dec(self.prior.sample((n,)))


torch.manual_seed(2210)
x = torch.randn(50, 2) @ torch.randn(2, 6)
vae = VAE(6, 2)
opt = torch.optim.Adam(vae.parameters(), lr=0.02)
for epoch in range(5):
    loss = vae(x)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.4f}")
print([round(v, 3) for v in vae.imagine(1)[0].tolist()])
