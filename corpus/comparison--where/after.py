import torch

torch.manual_seed(118)

# how many of the planned bolts would fail under a random load?
load = torch.randn(200).abs() * 3 + 5
diameter = torch.tensor([2.2, 2.6, 3.0], requires_grad=True)
strength = 0.9 * diameter ** 2
optimizer = torch.optim.SGD([diameter], lr=0.1)

share = load[:, None] * torch.tensor([0.3, 0.35, 0.35]) * 2.5
failed = torch.sigmoid(10.0 * (share - strength))
risk = failed.mean(dim=0).sum()

optimizer.zero_grad()
risk.backward()
print("risk", risk.item(), "mass", 0.01 * (diameter.detach() ** 2).sum().item())
print("gradient of the risk", diameter.grad)
optimizer.step()
print("new diameters", diameter.tolist())
