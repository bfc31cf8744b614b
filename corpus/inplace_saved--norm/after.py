import torch
import torch.nn as nn
import torch.nn.functional as F


class Projector(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 5))

    def forward(self, x):
        f = self.body(x)
        f = f / f.norm(dim=1, keepdim=True)
        return f


def info_nce(za, zb, temperature=0.2):
    sim = za @ zb.T / temperature
    return F.cross_entropy(sim, torch.arange(len(za)))


torch.manual_seed(19)
projector = Projector()
optimizer = torch.optim.SGD(projector.parameters(), lr=0.1, momentum=0.9)
anchor = torch.randn(8, 16)
for epoch in range(3):
    view_a = anchor + 0.1 * torch.randn_like(anchor)
    view_b = anchor + 0.1 * torch.randn_like(anchor)
    loss = info_nce(projector(view_a), projector(view_b))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch} loss {loss:.5f}")
