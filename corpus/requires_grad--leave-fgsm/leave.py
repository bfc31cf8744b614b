"""Robust training: the perturbation follows the sign of the input's gradient and is then plain data."""
import torch
import torch.nn.functional as F
from torch import nn


def perturb(model, x, y, eps):
    probe = x.clone().requires_grad_(True)
    F.cross_entropy(model(probe), y).backward()
    return (x + eps * probe.grad.sign()).clamp(-3, 3)


torch.manual_seed(200)
x = torch.randn(50, 5).clamp(-3, 3)
y = (x[:, 0] + x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.3)
for epoch in range(4):
    adv = perturb(model, x, y, 0.1)
    opt.zero_grad()
    clean, hard = F.cross_entropy(model(x), y), F.cross_entropy(model(adv), y)
    (0.5 * clean + 0.5 * hard).backward()
    opt.step()
    print(epoch, f"clean {clean.item():.4f} adversarial {hard.item():.4f}")
