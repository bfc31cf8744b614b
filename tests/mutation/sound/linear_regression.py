"""Linear regression with two raw leaves and a hand-written update."""
import torch

torch.manual_seed(0)

x = torch.randn(30, 3)
true_w = torch.tensor([[1.5], [-2.0], [0.5]])
y = x @ true_w + 0.7 + 0.05 * torch.randn(30, 1)

w = torch.zeros(3, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
learning_rate = 0.1

for step in range(3):
    scores = x @ w
    pred = scores + b
    residual = pred - y
    loss = (residual ** 2).mean()
    loss.backward()
    print("step", step, "loss", loss.item())
    print("w.grad", w.grad.flatten(), "b.grad", b.grad)
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad = None
    b.grad = None
