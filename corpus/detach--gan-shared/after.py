import torch
import torch.nn as nn

torch.manual_seed(7)

LATENT = 4
generator = nn.Sequential(nn.Linear(LATENT, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))

opt_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(critic.parameters(), lr=2e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()


def real_batch(n):
    """Points on a ring of radius two."""
    angle = torch.rand(n) * 6.2832
    return torch.stack((2 * angle.cos(), 2 * angle.sin()), dim=1)


for it in range(3):
    real = real_batch(24)
    noise = torch.randn(24, LATENT)
    fake = generator(noise)
    ones, zeros = torch.ones(24, 1), torch.zeros(24, 1)

    # discriminator
    opt_d.zero_grad()
    d_loss = criterion(critic(real), ones) + criterion(critic(fake.detach()), zeros)
    d_loss.backward()
    opt_d.step()

    # generator
    opt_g.zero_grad()
    g_loss = criterion(critic(fake), ones)
    g_loss.backward()
    opt_g.step()

    print(f"it {it}: d {d_loss.item():.4f}  g {g_loss.item():.4f}")

print("generator step size", [tuple(p.shape) for p in generator.parameters()])
