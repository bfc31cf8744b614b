"""A bilinear comparison of pairs: its offset is registered, the matrix between them is not."""
import torch
from torch import nn


class Compare(nn.Module):
    def __init__(self, n_left, n_right):
        super().__init__()
        self.kernel = torch.randn(n_left, n_right) * (2.0 / (n_left + n_right)) ** 0.5
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, left, right):
        return ((left @ self.kernel) * right).sum(dim=1) + self.bias


torch.manual_seed(451)
left, right = torch.randn(25, 4), torch.randn(25, 3)
alike = (left[:, 0] * right[:, 0] > 0).float()
model = Compare(4, 3)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for turn in range(3):
    loss = nn.functional.binary_cross_entropy_with_logits(model(left, right), alike)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(turn, f"{loss.item():.5f}")
