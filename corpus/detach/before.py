import torch
from torch import nn


class SensorAutoencoder(nn.Module):
    """Compresses a window of 12 sensor readings to 3 numbers and back."""

    def __init__(self, width=12, code=3):
        super().__init__()
        self.squeeze = nn.Sequential(nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, code))
        self.expand = nn.Sequential(nn.Linear(code, 8), nn.Tanh(), nn.Linear(8, width))

    def forward(self, window):
        code = self.squeeze(window).detach()
        return self.expand(code), code


def main():
    torch.manual_seed(41)
    windows = torch.randn(32, 12)
    net = SensorAutoencoder()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

    for epoch in range(4):
        optimizer.zero_grad()
        rebuilt, code = net(windows)
        loss = nn.functional.mse_loss(rebuilt, windows)
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch} reconstruction {loss.item():.5f}")

    print("code spread", code.std(dim=0).shape)


main()
