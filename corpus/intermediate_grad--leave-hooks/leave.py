"""Hooks collect, clip and scale gradients on their way back."""
from collections import defaultdict

import torch
from torch import nn

torch.manual_seed(710)
seen = defaultdict(list)


def watch(name):
    def hook(grad):
        seen[name].append(grad.norm().item())
        return grad.clamp(-0.01, 0.01)

    return hook


net = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x, y = torch.randn(20, 4), torch.rand(20, 1) * 4
handle = net[2].register_full_backward_hook(lambda m, gi, go: seen["out"].append(go[0].norm().item()))
for _ in range(3):
    hidden = net[1](net[0](x))
    hidden.register_hook(watch("hidden"))
    loss = (net[2](hidden) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
handle.remove()
print({k: [round(v, 5) for v in vs] for k, vs in seen.items()})
