import torch

torch.manual_seed(109)

hours = torch.tensor([0.5, 1.0, 1.5, 2.5, 3.0, 4.0, 4.5, 5.5])
passed = torch.tensor([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])

slope = torch.tensor(0.1, requires_grad=True)
intercept = torch.tensor(0.0, requires_grad=True)
lr = 0.2

for epoch in range(12):
    logit = slope * hours + intercept
    loss = torch.nn.functional.softplus(-(2 * passed - 1) * logit).mean()
    loss.backward()

    with torch.no_grad():
        slope -= lr * slope.grad
        intercept -= lr * intercept.grad
    slope.grad.zero_()
    intercept.grad.zero_()
    print(f"{epoch:2d} loss {loss.item():.5f}")

print("odds double every", (0.6931 / slope).item(), "hours")
