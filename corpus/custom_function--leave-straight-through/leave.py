"""Binarised weights: sign in the forward pass, a clipped identity in the backward pass."""
import torch
from torch import nn


class Binarize(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w):
        ctx.save_for_backward(w)
        return torch.where(w >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, grad):
        (w,) = ctx.saved_tensors
        return grad * (w.abs() <= 1)


class BinaryLinear(nn.Linear):
    def forward(self, x):
        scale = self.weight.abs().mean()
        return nn.functional.linear(x, scale * Binarize.apply(self.weight), self.bias)


torch.manual_seed(1630)
net = nn.Sequential(BinaryLinear(6, 16), nn.Hardtanh(), BinaryLinear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(40, 6)
y = (x[:, :3].sum(1) > 0).long()
for e in range(5):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(e, f"{loss.item():.5f}", f"{net[0].weight.grad.norm().item():.5f}")
