"""Random Fourier features: the projection is drawn once and kept; only the readout learns."""
import torch
from torch import nn


class FourierRegressor(nn.Module):
    def __init__(self, n_in, n_features, scale):
        super().__init__()
        self.frequencies = torch.randn(n_in, n_features) * scale
        self.phase = torch.rand(n_features) * 6.2832
        self.readout = nn.Linear(n_features, 1)

    def forward(self, x):
        return self.readout(torch.cos(x @ self.frequencies + self.phase))


torch.manual_seed(310)
x = torch.linspace(-2, 2, 64).unsqueeze(1)
y = torch.sign(x) * x.abs().sqrt()
model = FourierRegressor(1, 40, 1.5)
opt = torch.optim.SGD(model.parameters(), lr=0.02, weight_decay=1e-4)
for i in range(15):
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 5 == 0:
        print(i, round(loss.item(), 5))
