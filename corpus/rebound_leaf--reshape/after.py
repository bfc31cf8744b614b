import torch
from torch import nn

torch.manual_seed(13)

# train a field u(x), then look at its slope on a grid
field = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
xs = torch.rand(50, 1) * 2
opt = torch.optim.Adam(field.parameters(), lr=0.02)
for _ in range(20):
    opt.zero_grad()
    ((field(xs) - xs.pow(2)) ** 2).mean().backward()
    opt.step()

grid = torch.linspace(0.0, 2.0, 9).reshape(9, 1).requires_grad_()
u = field(grid)
u.sum().backward()
slope = grid.grad
for a, s in zip(grid.flatten().tolist(), slope.flatten().tolist()):
    print(f"x = {a:.2f}   du/dx = {s:+.4f}")
