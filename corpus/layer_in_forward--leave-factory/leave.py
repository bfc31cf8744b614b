"""A builder method makes the layers, but it runs once, in __init__."""
import torch
from torch import nn


class Unet1d(nn.Module):
    def __init__(self, channels=(1, 4, 6)):
        super().__init__()
        self.down = self.make(channels)
        self.up = self.make(channels[::-1])

    def make(self, channels):
        return nn.ModuleList(self.block(a, b) for a, b in zip(channels, channels[1:]))

    @staticmethod
    def block(a, b):
        return nn.Sequential(nn.Conv1d(a, b, 3, padding=1), nn.GroupNorm(1, b), nn.SiLU())

    def forward(self, x):
        kept = []
        for block in self.down:
            x = block(x)
            kept.append(x)
        for block in self.up:
            x = block(x + kept.pop())
        return x


torch.manual_seed(1120)
net = Unet1d()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
clean = torch.sin(torch.arange(16) * 0.5).expand(5, 1, 16)
noisy = clean + 0.3 * torch.randn(5, 1, 16)
for _ in range(3):
    loss = nn.functional.mse_loss(net(noisy), clean)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
