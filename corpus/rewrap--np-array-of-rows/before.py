import numpy as np
import torch
from torch import nn

torch.manual_seed(81)


class SetEncoder(nn.Module):
    """Encodes ragged groups of points, one row per group."""

    def __init__(self, n_in=2, n_out=4):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(n_in, 8), nn.SELU(), nn.Linear(8, n_out))

    def forward(self, groups):
        rows = []
        for group in groups:
            summary = self.phi(group).amax(dim=0)
            rows.append(summary.detach().numpy())
        return torch.tensor(np.array(rows))


groups = [torch.randn(n, 2) for n in (3, 7, 4, 5, 6, 2)]
sizes = torch.tensor([float(len(g)) for g in groups])

encoder = SetEncoder()
head = nn.Linear(4, 1)
params = [*encoder.parameters(), *head.parameters()]
opt = torch.optim.SGD(params, lr=1e-3)

for epoch in range(3):
    predicted = head(encoder(groups)).squeeze(1)
    loss = nn.functional.l1_loss(predicted, sizes)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"epoch {epoch} mean absolute error {loss.item():.4f}")
