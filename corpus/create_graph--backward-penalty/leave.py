"""Gradients of the inputs that weigh the errors, or move the points: both are taken as they are."""
import torch
from torch import nn

torch.manual_seed(442)
net = nn.Sequential(nn.Linear(4, 7), nn.SiLU(), nn.Linear(7, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x, y = torch.randn(13, 4), torch.randn(13, 1)
for turn in range(2):
    probe = x.clone().requires_grad_(True)
    (net(probe) - y).square().mean().backward()
    steep = probe.grad.norm(dim=1, keepdim=True)
    error = (net(x) - y).square()
    loss = (steep * error).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    near = x.clone().requires_grad_(True)
    (net(near) - y).abs().mean().backward()
    far = near.detach() + 0.2 * near.grad / near.grad.norm()
    adversarial = (net(far) - y).abs().mean()
    opt.zero_grad()
    adversarial.backward()
    opt.step()
    print(turn, round(loss.item(), 5), round(adversarial.item(), 5))
