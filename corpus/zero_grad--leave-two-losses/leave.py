"""Gradients of an auxiliary loss are measured, cleared, and the real step follows."""
import torch
from torch import nn

torch.manual_seed(1520)
trunk, main_head, aux_head = nn.Linear(4, 6), nn.Linear(6, 1), nn.Linear(6, 1)
modules = nn.ModuleList([trunk, main_head, aux_head])
opt = torch.optim.SGD(modules.parameters(), lr=0.05)
x = torch.randn(30, 4)
y_main, y_aux = x[:, :1], x[:, 1:2].abs()


def losses():
    h = torch.tanh(trunk(x))
    return (main_head(h) - y_main).pow(2).mean(), (aux_head(h) - y_aux).pow(2).mean()


def flat_grad():
    return trunk.weight.grad.flatten().clone()


for step in range(4):
    main, aux = losses()
    opt.zero_grad()
    aux.backward(retain_graph=True)
    g_aux = flat_grad()
    opt.zero_grad()
    main.backward(retain_graph=True)
    g_main = flat_grad()
    agree = torch.cosine_similarity(g_main, g_aux, dim=0).clamp_min(0).item()
    opt.zero_grad()
    (main + agree * aux).backward()
    opt.step()
    print(step, f"main {main.item():.4f} aux {aux.item():.4f} weight {agree:.4f}")
