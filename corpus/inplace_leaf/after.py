import torch

torch.manual_seed(0)

prices = torch.tensor([19.0, 24.5, 8.75, 40.0], requires_grad=True)
demand = torch.tensor([120.0, 80.0, 300.0, 35.0])

# shipping is charged on every unit
charged = prices + 2.5

units = demand * torch.exp(-0.04 * charged)
revenue = (charged * units).sum()
revenue.backward()

print("revenue", revenue.item())
print("marginal revenue", prices.grad)
