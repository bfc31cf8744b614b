import torch

torch.manual_seed(26)

thickness = torch.rand(6, requires_grad=True)
material = torch.tensor([2.1, 0.9, 3.3, 1.4, 2.7, 0.6])
thickness *= 0.001

resistance = (thickness / material).sum()
weight = (thickness * material.square()).sum()
cost = weight * 10.0 - torch.log(resistance)
grad_thickness, = torch.autograd.grad(cost, thickness)

print(f"cost {cost.item():.6f}")
for i, g in enumerate(grad_thickness.tolist()):
    print(f"layer {i}: {g:+.4f}")
