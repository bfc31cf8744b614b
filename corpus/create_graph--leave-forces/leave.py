"""Forces are minus the energy's gradient; the model is fitted to both."""
import torch
from torch import nn


class Potential(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = nn.Sequential(nn.Linear(1, 12), nn.SiLU(), nn.Linear(12, 1))

    def forward(self, pos):
        i, j = torch.triu_indices(pos.shape[0], pos.shape[0], 1)
        d = (pos[i] - pos[j]).norm(dim=1, keepdim=True)
        return self.pair(d).sum()

    def energy_and_forces(self, pos):
        pos = pos.clone().requires_grad_(True)
        e = self(pos)
        f = -torch.autograd.grad(e, pos, create_graph=self.training)[0]
        return e, f


def reference(pos):
    i, j = torch.triu_indices(len(pos), len(pos), 1)
    stretch = (pos[i] - pos[j]).norm(dim=1) - 1.2
    pull = torch.zeros_like(pos)
    d = pos[i] - pos[j]
    f = -2 * stretch.unsqueeze(1) * d / d.norm(dim=1, keepdim=True)
    pull.index_add_(0, i, f).index_add_(0, j, -f)
    return stretch.pow(2).sum(), pull


torch.manual_seed(1440)
model = Potential()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
frames = [torch.randn(4, 3) for _ in range(3)]
for epoch in range(4):
    loss = 0.0
    for pos in frames:
        e, f = model.energy_and_forces(pos)
        e_ref, f_ref = reference(pos)
        loss = loss + 0.1 * (e - e_ref) ** 2 + (f - f_ref).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.4f}")
model.eval()
print(f"{model.energy_and_forces(frames[0])[1].norm().item():.4f}")
