import torch

torch.manual_seed(0)
theta = torch.randn(3, requires_grad=True)
xs = torch.stack([torch.ones(20), torch.linspace(0, 1, 20), torch.linspace(0, 1, 20) ** 2], dim=1)
ys = xs @ torch.tensor([1.0, -1.0, 2.0])

lr = 0.1
for step in range(3):
    loss = ((xs @ theta - ys) ** 2).mean()
    print("step", step, "loss", float(f"{loss:.6f}"))
    loss.backward()
    if theta.grad is None:
        print("no gradient")
        continue
    with torch.no_grad():
        theta -= lr * theta.grad
    theta.grad = None
