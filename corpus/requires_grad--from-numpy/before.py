import numpy as np
import torch
from torch import nn

torch.manual_seed(8)
rng = np.random.default_rng(8)

# auto-decoder: one latent code for each of the six shapes
n_shapes, code_size = 6, 4
codes = torch.from_numpy(rng.normal(0.0, 0.3, size=(n_shapes, code_size)).astype(np.float32))
points = torch.rand(n_shapes, 30, 2) * 2 - 1
radius = torch.linspace(0.3, 0.8, n_shapes)
sdf = points.norm(dim=-1) - radius[:, None]

decoder = nn.Sequential(nn.Linear(2 + code_size, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam([
    {"params": decoder.parameters(), "lr": 2e-3},
    {"params": [codes], "lr": 1e-2},
])

start = codes.clone()
for it in range(15):
    optimizer.zero_grad()
    tiled = codes[:, None, :].expand(-1, points.shape[1], -1)
    out = decoder(torch.cat([points, tiled], dim=-1)).squeeze(-1)
    loss = nn.functional.l1_loss(out, sdf) + 1e-4 * codes.square().sum()
    loss.backward()
    optimizer.step()

print("loss", loss.item())
print("codes moved by", (codes - start).abs().max().item())
