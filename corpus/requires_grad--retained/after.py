import torch

# Sensitivity of a small heat model to where it is measured.
torch.manual_seed(2)
conductivity = torch.nn.Linear(2, 3)
places = torch.rand(4, 2, requires_grad=True)
places.retain_grad()
warmth = torch.sin(conductivity(places)).sum(dim=1)
energy = (warmth ** 2).sum()
energy.backward()
print(places.grad)
