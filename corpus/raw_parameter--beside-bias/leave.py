"""A narrow correction is learned on top of a matrix that stays what it is."""
import torch
from torch import nn


class Corrected(nn.Module):
    def __init__(self, n_in, n_out, rank):
        super().__init__()
        self.weight = torch.randn(n_out, n_in) / n_in**0.5
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.down = nn.Parameter(torch.randn(rank, n_in) * 0.1)
        self.up = nn.Parameter(torch.zeros(n_out, rank))

    def forward(self, x):
        return x @ (self.weight + self.up @ self.down).t() + self.bias


torch.manual_seed(452)
layer = Corrected(6, 3, rank=2)
opt = torch.optim.Adam(layer.parameters(), lr=0.03)
x = torch.randn(20, 6)
y = torch.randint(0, 3, (20,))
for turn in range(3):
    loss = nn.functional.cross_entropy(layer(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(turn, f"{loss.item():.5f}", "up", f"{layer.up.grad.norm().item():.4f}")
