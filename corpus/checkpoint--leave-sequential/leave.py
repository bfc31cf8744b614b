import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential

torch.manual_seed(1320)
layers = [m for _ in range(4) for m in (nn.Linear(5, 5), nn.Tanh())]
body, head = nn.Sequential(*layers), nn.Linear(5, 2)
opt = torch.optim.SGD([{"params": body.parameters(), "lr": 0.1}, {"params": head.parameters(), "lr": 0.05}])
x = torch.randn(24, 5)
y = torch.stack([x[:, 0].abs(), x[:, 1].tanh()], 1)

for i in range(4):
    h = checkpoint_sequential(body, 2, x, use_reentrant=False)
    loss = nn.functional.l1_loss(head(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    small = min(p.grad.norm().item() for p in body.parameters())
    print(i, f"{loss.item():.5f}", small > 0)
