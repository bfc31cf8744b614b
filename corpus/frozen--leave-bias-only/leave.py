import torch
from torch import nn

torch.manual_seed(950)
model = nn.Sequential(nn.Linear(4, 10), nn.GELU(), nn.LayerNorm(10), nn.Linear(10, 3))
for name, p in model.named_parameters():
    p.requires_grad_(name.endswith("bias"))

biases = [p for n, p in model.named_parameters() if n.endswith("bias")]
opt = torch.optim.Adam(biases, lr=0.1)
x = torch.randn(33, 4)
y = torch.full((33,), 2)
for k in range(5):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    opt.step()
    print(k, f"{loss.item():.5f}", [f"{b.grad.norm().item():.4f}" for b in biases])
print(model[0].weight.grad is None)
