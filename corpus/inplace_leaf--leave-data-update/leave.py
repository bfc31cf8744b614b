"""Logistic regression in the old style, through .data."""
import torch

torch.manual_seed(420)
x = torch.randn(40, 3)
y = (x @ torch.tensor([1.0, -1.0, 0.5]) > 0).float()
w = torch.zeros(3, requires_grad=True)
c = torch.zeros(1, requires_grad=True)
lr = 0.5
for epoch in range(9):
    p = torch.sigmoid(x @ w + c)
    nll = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    nll.backward()
    w.data -= lr * w.grad.data
    c.data -= lr * c.grad.data
    w.grad.data.zero_()
    c.grad.data.zero_()
    if epoch % 4 == 0:
        print(epoch, f"{nll.item():.5f}")
print(w.data)
