"""A smoothness penalty alone: the slope of a fitted curve is to be small everywhere."""
import torch

coefficients = torch.tensor([0.8, -0.4, 0.1], requires_grad=True)
at = torch.linspace(-1, 1, 9, requires_grad=True)

curve = coefficients[0] * at + coefficients[1] * at**2 + coefficients[2] * at**3
(slope,) = torch.autograd.grad(curve.sum(), at)
roughness = slope.square().mean()
roughness.backward()
print(coefficients.grad)
