import torch
import torch.nn as nn


class GatedUnit(nn.Module):
    """A GLU-like block with a padding mask."""

    def __init__(self, d):
        super().__init__()
        self.value = nn.Linear(d, d)
        self.gate = nn.Linear(d, d)

    def forward(self, x, mask):
        g = self.gate(x).sigmoid()
        g *= mask.unsqueeze(-1)
        return self.value(x) * g


torch.manual_seed(61)
block = GatedUnit(6)
x = torch.randn(3, 5, 6)
lengths = torch.tensor([5, 3, 4])
mask = (torch.arange(5)[None] < lengths[:, None]).float()

y = block(x, mask).sum(dim=1)
loss = (y - 1.0).abs().mean()
loss.backward()
print("loss", loss.item())
for name, p in block.named_parameters():
    print(f"{name:14s} {p.grad.norm():.5f}")
