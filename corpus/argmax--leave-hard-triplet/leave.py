"""Batch-hard triplets: argmax only says which distances to use."""
import torch
from torch import nn


def batch_hard(z, y, margin=0.5):
    d = torch.cdist(z, z)
    same = y.unsqueeze(0) == y.unsqueeze(1)
    far_friend = d.masked_fill(~same, -1.0).argmax(dim=1)
    near_foe = d.masked_fill(same, float("inf")).argmin(dim=1)
    rows = torch.arange(len(z))
    return nn.functional.relu(d[rows, far_friend] - d[rows, near_foe] + margin).mean()


torch.manual_seed(2010)
y = torch.arange(24) // 6
x = torch.randn(24, 5) + y.unsqueeze(1) * torch.tensor([1.0, 0, -1, 0, 0])
enc = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 3))
opt = torch.optim.Adam(enc.parameters(), lr=0.02)
for step in range(6):
    loss = batch_hard(enc(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.5f}", f"{enc[0].weight.grad.norm().item():.4f}")
