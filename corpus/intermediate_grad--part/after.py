import torch

torch.manual_seed(1)
knots = torch.linspace(-1.0, 1.0, 7, requires_grad=True)
target = torch.sin(torch.linspace(0, 3, 7))

energy = ((knots.cumsum(0) - target) ** 2).sum() + 0.1 * (knots[1:] - knots[:-1]).pow(2).sum()
energy.backward()

print("energy", round(energy.item(), 4))
for i in range(len(knots)):
    print(i, f"{knots.grad[i].item():+.4f}")
