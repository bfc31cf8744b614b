import torch
import torch.nn as nn
import torch.nn.functional as F


def fisher_diagonal(model, batches):
    """Squared gradients, averaged over the batches."""
    fisher = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
    for x, y in batches:
        model.zero_grad()
        F.cross_entropy(model(x), y).backward()
        for name, p in model.named_parameters():
            fisher[name] += p.grad.square() / len(batches)
    return fisher


torch.manual_seed(45)
model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))
batches = [(torch.randn(8, 5), torch.randint(0, 3, (8,))) for _ in range(3)]
fisher = fisher_diagonal(model, batches)
for name, f in fisher.items():
    print(f"{name:10s} {f.mean().item():.3e}")
