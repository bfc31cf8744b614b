import torch

torch.manual_seed(40)
points = torch.rand(10, 2)
centre = points.mean(dim=0)
offsets = points - centre
points.requires_grad_(True)
inertia = offsets.pow(2).sum()
inertia.backward()
print("inertia", round(inertia.item(), 4))
print("force on the first point", [round(v, 4) for v in points.grad[0].tolist()])
