import torch

torch.manual_seed(24)

x = torch.randn(60, 2)
y = (x @ torch.tensor([1.2, -0.8]) + 0.1 > 0).float()

w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.8

for step in range(10):
    p = torch.sigmoid(x @ w + b)
    nll = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    nll.backward()
    w = w - lr * w.grad
    b = b - lr * b.grad
    print(f"{step:2d}  {nll.item():.5f}")

print("w", w.tolist(), "b", b.item())
