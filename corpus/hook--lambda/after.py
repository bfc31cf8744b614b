"""A straight line under a squashing function."""
import torch

torch.manual_seed(434)
slope = torch.randn(2, requires_grad=True)
level = torch.zeros(1, requires_grad=True)
x = torch.rand(14, 2)
y = 3 * x[:, 0] - x[:, 1] + 0.5
raw = x @ slope + level
loss = (torch.tanh(raw) - y).abs().mean()
loss.backward()
print("slope", slope.grad, "level", level.grad)
