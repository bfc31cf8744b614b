"""A GAN whose two steps draw their own noise; each optimizer clears its own gradients before use."""
import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 10)
        self.fc2 = nn.Linear(10, 2)

    def forward(self, noise):
        h = torch.relu(self.fc1(noise))
        sample = self.fc2(h)
        return sample


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 10)
        self.fc2 = nn.Linear(10, 1)

    def forward(self, point):
        h = torch.tanh(self.fc1(point))
        logit = self.fc2(h)
        return logit


torch.manual_seed(3)
generator = Generator()
discriminator = Discriminator()
g_optimizer = torch.optim.Adam(generator.parameters(), lr=0.01)
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=0.01)
softplus = nn.functional.softplus

for step in range(3):
    real = torch.randn(16, 2) * 0.5 + 1.0
    noise = torch.randn(16, 3)
    fake = generator(noise)
    real_logit = discriminator(real)
    fake_logit = discriminator(fake)
    real_term = softplus(-real_logit).mean()
    fake_term = softplus(fake_logit).mean()
    d_loss = real_term + fake_term
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()

    fresh_noise = torch.randn(16, 3)
    candidate = generator(fresh_noise)
    verdict = discriminator(candidate)
    g_loss = softplus(-verdict).mean()
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
    print("d_loss", d_loss.item(), "g_loss", g_loss.item())
