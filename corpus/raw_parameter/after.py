import torch
import torch.nn as nn


class GainLayer(nn.Module):
    """Per-feature affine transform applied after the projection."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.proj = nn.Linear(n_in, n_out)
        self.gain = nn.Parameter(torch.ones(n_out))
        self.shift = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return self.proj(x) * self.gain + self.shift


torch.manual_seed(2)
layer = GainLayer(4, 3)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
x = torch.randn(10, 4)
y = torch.randn(10, 3)

loss = nn.functional.mse_loss(layer(x), y)
loss.backward()
opt.step()

print("loss", loss.item())
print("gain grad ", layer.gain.grad)
print("shift grad", layer.shift.grad)
