"""An activation of one's own returns nothing for its input, in a network whose slope is part of the loss."""
import torch
from torch import nn


class Bent(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sqrt(x * x + 1.0) - 1.0

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return None


class Profile(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(1, 9)
        self.last = nn.Linear(9, 1)

    def forward(self, s):
        return self.last(Bent.apply(self.first(s)))


torch.manual_seed(471)
profile = Profile()
opt = torch.optim.Adam(profile.parameters(), lr=0.02)
for turn in range(3):
    s = torch.linspace(-1, 1, 17).unsqueeze(1).requires_grad_(True)
    height = profile(s)
    slope = torch.autograd.grad(height.sum(), s, create_graph=True)[0]
    loss = (slope - 2 * s).square().mean() + profile(torch.zeros(1, 1)).square().sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(turn, loss.item())
