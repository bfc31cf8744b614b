"""MAML with one differentiable inner step on linear tasks."""
import torch

torch.manual_seed(12)

w = (0.1 * torch.randn(2, 1)).requires_grad_(True)
b = torch.zeros(1, requires_grad=True)
inner_rate = torch.tensor(0.1, requires_grad=True)
optimizer = torch.optim.SGD([w, b, inner_rate], lr=0.05)


def predict(x, weight, bias):
    return x @ weight + bias


def task_loss(task_w, task_b):
    x = torch.randn(16, 2)
    y = x @ task_w + task_b
    support = predict(x[:8], w, b)
    inner_loss = ((support - y[:8]) ** 2).mean()
    gw, gb = torch.autograd.grad(inner_loss, (w, b), create_graph=True)
    fast_w = w - inner_rate * gw
    fast_b = b - inner_rate * gb
    query = predict(x[8:], fast_w, fast_b)
    outer_loss = ((query - y[8:]) ** 2).mean()
    return outer_loss


for step in range(3):
    losses = []
    for _ in range(4):
        task_w = torch.randn(2, 1)
        task_b = torch.randn(1)
        value = task_loss(task_w, task_b)
        losses.append(value)
    loss = torch.stack(losses).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item(), "inner rate", inner_rate.item())
print("w.grad", w.grad.flatten(), "inner_rate.grad", inner_rate.grad)
