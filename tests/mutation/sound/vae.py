"""A variational autoencoder with the reparameterisation written out."""
import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, dim, hidden, latent):
        super().__init__()
        self.enc = nn.Linear(dim, hidden)
        self.to_mu = nn.Linear(hidden, latent)
        self.to_logvar = nn.Linear(hidden, latent)
        self.dec = nn.Linear(latent, hidden)
        self.out = nn.Linear(hidden, dim)

    def encode(self, x):
        h = torch.relu(self.enc(x))
        mu = self.to_mu(h)
        logvar = self.to_logvar(h)
        return mu, logvar

    def decode(self, z):
        h = torch.relu(self.dec(z))
        recon = self.out(h)
        return recon

    def forward(self, x):
        mu, logvar = self.encode(x)
        std = torch.exp(0.5 * logvar)
        noise = torch.randn_like(std)
        z = mu + std * noise
        recon = self.decode(z)
        return recon, mu, logvar


torch.manual_seed(2)
data = torch.randn(32, 2) @ torch.randn(2, 6)
model = VAE(6, 14, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for step in range(3):
    recon, mu, logvar = model(data)
    difference = recon - data
    recon_loss = (difference ** 2).sum(dim=1).mean()
    kl = -0.5 * (1 + logvar - mu ** 2 - torch.exp(logvar)).sum(dim=1)
    kl_loss = kl.mean()
    loss = recon_loss + 0.1 * kl_loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item(), "kl", kl_loss.item())
