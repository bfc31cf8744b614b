import torch
import torch.nn as nn


class FourierFeatures(nn.Module):
    """Random projections followed by sine and cosine."""

    def __init__(self, in_dim, n_freq):
        super().__init__()
        self.project = nn.Linear(in_dim, n_freq)

    def forward(self, coords):
        angle = self.project(coords)
        waves = torch.cat([torch.sin(angle), torch.cos(angle)], dim=-1)
        return waves


class ImageField(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = FourierFeatures(2, 10)
        self.rgb = nn.Sequential(nn.Linear(20, 16), nn.ELU(), nn.Linear(16, 3), nn.Sigmoid())

    def forward(self, coords):
        return self.rgb(self.features(coords))


def main():
    torch.manual_seed(55)
    coords = torch.rand(60, 2)
    colours = torch.stack([coords[:, 0], coords[:, 1], coords.prod(dim=1)], dim=1)
    field = ImageField()
    opt = torch.optim.Adam(field.parameters(), lr=1e-2)
    for it in range(4):
        loss = (field(coords) - colours).abs().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        if it == 0:
            print("initial L1", round(loss.item(), 5))
    norms = {n: p.grad is not None for n, p in field.named_parameters()}
    print(norms)


main()
