"""Two weight tensors, no optimizer object: the update rule is written out."""
import torch

g = torch.Generator().manual_seed(66)
x = torch.randn(25, 2, generator=g)
y = (x[:, 0] * 1.5 - x[:, 1] + 0.3).unsqueeze(1)

w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
velocity = [torch.zeros_like(w), torch.zeros_like(b)]

for step in range(10):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p, v in zip((w, b), velocity):
            v.mul_(0.8).add_(p.grad)
            p -= 0.05 * v
            p.grad.zero_()
    if step % 3 == 0:
        print(step, round(loss.item(), 6))
print(w.flatten().tolist(), b.item())
