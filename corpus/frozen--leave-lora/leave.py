"""Low-rank adaptation: the base weight is frozen, two thin matrices learn the difference."""
import torch
from torch import nn


class LoRA(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float = 4.0):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.down.T) @ self.up.T


torch.manual_seed(930)
net = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 2))
net[0], net[2] = LoRA(net[0], 2), LoRA(net[2], 2)
tuned = {n: p for n, p in net.named_parameters() if p.requires_grad}
opt = torch.optim.AdamW(tuned.values(), lr=0.02)
x = torch.randn(30, 5)
y = torch.stack([x[:, 0] * x[:, 1], x[:, 2]], 1)
for i in range(6):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}")
print(sorted(tuned))
