import torch
from torch import nn
from torch.nn import functional as F


class BetaVae(nn.Module):
    def __init__(self, n_in=10, n_latent=2, beta=0.5):
        super().__init__()
        self.encoder = nn.Linear(n_in, 2 * n_latent)
        self.decoder = nn.Sequential(nn.Linear(n_latent, 8), nn.ReLU(), nn.Linear(8, n_in))
        self.beta = beta

    def encode(self, x):
        """Posterior mean and log variance."""
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return mu, logvar.clamp(-6, 6)

    def loss(self, x):
        mu, logvar = self.encode(x)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        reconstruction = F.mse_loss(self.decoder(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu.pow(2) + logvar.exp() - 1 - logvar).sum(dim=1)
        return (reconstruction + self.beta * kl).mean()


def main():
    torch.manual_seed(47)
    x = torch.randn(40, 10) @ torch.randn(10, 10) / 3
    vae = BetaVae()
    opt = torch.optim.Adam(vae.parameters(), lr=2e-3)
    for step in range(3):
        opt.zero_grad()
        loss = vae.loss(x)
        loss.backward()
        opt.step()
        print("step", step, "negative elbo", round(loss.item(), 4))
    with torch.no_grad():
        mu, _ = vae.encode(x[:3])
    print("latent shape", tuple(mu.shape))


main()
