"""A small GAN: the discriminator step must not train the generator."""
import torch
from torch import nn

torch.manual_seed(11)
NOISE, BATCH = 3, 16

gen = nn.Sequential(nn.Linear(NOISE, 12), nn.ReLU(), nn.Linear(12, 2))
disc = nn.Sequential(nn.Linear(2, 12), nn.LeakyReLU(0.2), nn.Linear(12, 1))
opt_g = torch.optim.Adam(gen.parameters(), lr=2e-3)
opt_d = torch.optim.Adam(disc.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

for step in range(4):
    real = torch.randn(BATCH, 2) * 0.3 + torch.tensor([1.0, -1.0])
    fake = gen(torch.randn(BATCH, NOISE))

    # discriminator: real against fake, the generator stays out of it
    opt_d.zero_grad()
    d_loss = bce(disc(real), ones) + bce(disc(fake.detach()), zeros)
    d_loss.backward()
    opt_d.step()

    # generator: the same samples, this time with their graph
    opt_g.zero_grad()
    g_loss = bce(disc(fake), ones)
    g_loss.backward()
    opt_g.step()
    print(f"{step}: D {d_loss.item():.4f}  G {g_loss.item():.4f}")
