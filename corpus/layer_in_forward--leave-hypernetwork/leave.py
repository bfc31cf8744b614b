"""Weights are computed in forward, from parameters that are registered."""
import torch
import torch.nn.functional as F
from torch import nn


class Hyper(nn.Module):
    def __init__(self, n_in, n_out, code=3):
        super().__init__()
        self.n_in, self.n_out = n_in, n_out
        self.to_weight = nn.Linear(code, n_in * n_out)
        self.to_bias = nn.Linear(code, n_out)

    def forward(self, x, code):
        weight = self.to_weight(code).view(self.n_out, self.n_in)
        bias = self.to_bias(code)
        return F.linear(x, weight, bias)


torch.manual_seed(1130)
hyper = Hyper(2, 1)
codes = nn.Parameter(torch.randn(4, 3))
opt = torch.optim.Adam([codes, *hyper.parameters()], lr=0.03)
x = torch.randn(10, 2)
slopes = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [2.0, 2.0]])
for epoch in range(5):
    losses = [F.mse_loss(hyper(x, c), (x @ s).unsqueeze(1)) for c, s in zip(codes, slopes)]
    loss = torch.stack(losses).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}")
