import torch
from torch import nn
from torch.distributions import Normal, kl_divergence


class VAE(nn.Module):
    def __init__(self, n_pixels, n_latent):
        super().__init__()
        self.enc = nn.Linear(n_pixels, 2 * n_latent)
        self.dec = nn.Linear(n_latent, n_pixels)

    def forward(self, x):
        mu, log_sigma = self.enc(x).chunk(2, dim=-1)
        posterior = Normal(mu, log_sigma.exp())
        z = posterior.sample()
        return torch.sigmoid(self.dec(z)), posterior


torch.manual_seed(22)
x = torch.rand(12, 16).round()
vae = VAE(16, 3)
recon, posterior = vae(x)
nll = nn.functional.binary_cross_entropy(recon, x, reduction="sum") / len(x)
grads = torch.autograd.grad(nll, [vae.enc.weight, vae.dec.weight], retain_graph=True, allow_unused=True)
print("reconstruction", nll.item())
for name, g in zip(("encoder", "decoder"), grads):
    print(name, None if g is None else g.norm().item())

kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum() / len(x)
(nll + kl).backward()
print("elbo", -(nll + kl).item(), vae.enc.weight.grad.norm().item())
