"""Exact likelihood: exponent and volume both teach the layer."""
import torch
from torch import nn


class Warp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden = nn.Linear(1, width)
        self.affine = nn.Linear(width, 2)

    def forward(self, pair):
        left, right = pair[:, :1], pair[:, 1:]
        numbers = self.affine(nn.functional.mish(self.hidden(left)))
        stretch = 0.5 * torch.tanh(numbers[:, :1])
        moved = right * stretch.exp() + numbers[:, 1:]
        return torch.cat([left, moved], dim=1), stretch.squeeze(1)


torch.manual_seed(418)
warp = Warp(6)
opt = torch.optim.Adam(warp.parameters(), lr=0.02)
a = torch.randn(32)
pairs = torch.stack([a, a ** 2 - 1 + 0.3 * torch.randn(32)], dim=1)
for turn in range(3):
    code, volume = warp(pairs)
    exponent = 0.5 * code.square().sum(dim=1)
    nll = (exponent - volume).mean()
    opt.zero_grad()
    nll.backward()
    opt.step()
    print(turn, round(nll.item(), 6))
