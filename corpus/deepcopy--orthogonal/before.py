import torch
from torch import nn


def orthogonality(model):
    """Sum of ||W W^T - I||^2 over all weight matrices."""
    total = 0.0
    for name, w in model.state_dict().items():
        if w.dim() == 2:
            total = total + (w @ w.T - torch.eye(w.shape[0])).pow(2).sum()
    return total


def pretrain(model, steps):
    opt = torch.optim.SGD(model.parameters(), lr=0.02)
    for _ in range(steps):
        opt.zero_grad()
        penalty = orthogonality(model)
        penalty.backward()
        opt.step()
        print("penalty", penalty.item())


torch.manual_seed(105)
pretrain(nn.Sequential(nn.Linear(8, 6, bias=False), nn.Tanh(), nn.Linear(6, 4, bias=False)), steps=4)
