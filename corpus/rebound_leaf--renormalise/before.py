import torch

torch.manual_seed(54)

samples = torch.randn(100, 6) * torch.tensor([3.0, 1.0, 1.0, 0.5, 0.5, 0.2])
covariance = samples.T @ samples / 100

direction = torch.randn(6)
direction = (direction / direction.norm()).requires_grad_()
optimizer = torch.optim.SGD([direction], lr=0.05)

for sweep in range(6):
    optimizer.zero_grad()
    loss = -(direction @ covariance @ direction)
    loss.backward()
    optimizer.step()
    direction = direction / direction.norm()
    print(sweep, "explained variance", -loss.item())

print("first axis", direction[0].abs().item())
