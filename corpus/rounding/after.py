import torch
from torch import nn


class QuantLinear(nn.Linear):
    """Linear layer whose weight is stored with a step of 1/8."""

    def forward(self, x):
        scaled = self.weight * 8
        w = (scaled + (torch.round(scaled) - scaled).detach()) / 8
        return nn.functional.linear(x, w, self.bias)


torch.manual_seed(29)
layer = QuantLinear(6, 2)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
x = torch.randn(32, 6)
y = x @ torch.randn(6, 2)
for step in range(4):
    loss = (layer(x) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
print("weight gradient", layer.weight.grad)
