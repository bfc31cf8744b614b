import torch
import torch.nn as nn
from torch.func import functional_call


def inner(model, params, x, y, lr, steps):
    for _ in range(steps):
        loss = nn.functional.mse_loss(functional_call(model, params, (x,)), y)
        grads = torch.autograd.grad(loss, list(params.values()), create_graph=True)
        params = {n: p - lr * g for (n, p), g in zip(params.items(), grads)}
    return params


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1))
meta = torch.optim.SGD(model.parameters(), lr=0.01)
for it in range(3):
    x = torch.randn(10, 1)
    y = torch.sin(x + 0.5 * it)
    fast = inner(model, dict(model.named_parameters()), x[:5], y[:5], 0.1, 2)
    loss = nn.functional.mse_loss(functional_call(model, fast, (x[5:],)), y[5:])
    meta.zero_grad()
    loss.backward()
    meta.step()
    print(it, loss.item(), model[0].weight.grad)
