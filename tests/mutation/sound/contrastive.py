"""Contrastive learning of two views with a learned temperature."""
import torch
from torch import nn
from torch.nn import functional as F


class Encoder(nn.Module):
    def __init__(self, n_in, width, n_out):
        super().__init__()
        self.body = nn.Linear(n_in, width)
        self.head = nn.Linear(width, n_out)
        self.log_scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        h = F.gelu(self.body(x))
        z = self.head(h)
        unit = z / z.norm(dim=1, keepdim=True)
        return unit


def info_nce(a, b, scale):
    logits = scale * (a @ b.t())
    target = torch.arange(a.shape[0])
    forward_loss = F.cross_entropy(logits, target)
    backward_loss = F.cross_entropy(logits.t(), target)
    return 0.5 * (forward_loss + backward_loss)


torch.manual_seed(8)
model = Encoder(7, 16, 4)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
items = torch.randn(12, 7)

for step in range(3):
    first = items + 0.1 * torch.randn_like(items)
    second = items + 0.1 * torch.randn_like(items)
    za = model(first)
    zb = model(second)
    scale = torch.exp(model.log_scale)
    loss = info_nce(za, zb, scale)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item(), "scale", scale.item())
