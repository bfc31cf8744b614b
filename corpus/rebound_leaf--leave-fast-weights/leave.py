"""MAML on sine waves: the inner weights are functions of the outer ones, not leaves, and must be."""
import torch


def net(x, p):
    return torch.tanh(x @ p[0] + p[1]) @ p[2] + p[3]


def adapt(params, x, y, lr=0.1, steps=2):
    for _ in range(steps):
        loss = (net(x, params) - y).pow(2).mean()
        grads = torch.autograd.grad(loss, params, create_graph=True)
        params = [p - lr * g for p, g in zip(params, grads)]
    return params


torch.manual_seed(620)
meta = [
    (0.5 * torch.randn(1, 12)).requires_grad_(),
    torch.zeros(12, requires_grad=True),
    (0.5 * torch.randn(12, 1)).requires_grad_(),
    torch.zeros(1, requires_grad=True),
]
outer = torch.optim.Adam(meta, lr=0.01)
for it in range(4):
    outer.zero_grad()
    total = 0.0
    for _ in range(3):
        a, phase = 0.5 + 2 * torch.rand(1), 3 * torch.rand(1)
        x = torch.rand(20, 1) * 6 - 3
        y = a * torch.sin(x + phase)
        fast = adapt(meta, x[:10], y[:10])
        total = total + (net(x[10:], fast) - y[10:]).pow(2).mean() / 3
    total.backward()
    outer.step()
    print(it, f"{total.item():.5f}", [round(p.grad.norm().item(), 4) for p in meta])
