import torch
from torch import nn


class SplineWarp(nn.Module):
    """Sum of tanh bumps with learned centres and heights, then a global scale."""

    def __init__(self, n_bumps):
        super().__init__()
        self.centres = nn.ParameterList([nn.Parameter(torch.tensor(float(c))) for c in range(n_bumps)])
        self.heights = nn.ParameterList([nn.Parameter(torch.tensor(0.1)) for _ in range(n_bumps)])
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, t):
        bumps = [h * torch.tanh(t - c) for c, h in zip(self.centres, self.heights)]
        return self.scale * (t + torch.stack(bumps).sum(dim=0))


torch.manual_seed(321)
t = torch.linspace(0, 3, 30)
goal = t + 0.5 * torch.tanh(t - 0.4) - 0.3 * torch.tanh(t - 2.2)

warp = SplineWarp(3)
optimizer = torch.optim.Adam(warp.parameters(), lr=0.05)
for it in range(10):
    optimizer.zero_grad()
    loss = (warp(t) - goal).abs().mean()
    loss.backward()
    optimizer.step()

print("loss", loss.item())
print("centres", [round(c.item(), 3) for c in warp.centres])
print("heights", [round(h.item(), 3) for h in warp.heights])
