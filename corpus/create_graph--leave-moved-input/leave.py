"""A start is moved one step down a slope, and how far it gets says how good the goal is: first order, by hand."""
import torch

torch.manual_seed(461)
goal = torch.randn(4, requires_grad=True)
start = torch.randn(4, requires_grad=True)
for turn in range(2):
    distance = (start - goal).square().sum()
    distance.backward()
    goal.grad = None
    moved = start - 0.2 * start.grad
    start.grad = None
    rest = (moved - goal).abs().sum()
    rest.backward()
    print(turn, rest.item(), goal.grad)
    with torch.no_grad():
        goal -= 0.1 * goal.grad
    goal.grad = start.grad = None
