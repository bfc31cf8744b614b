"""A layer of one's own: every parameter is registered by hand."""
import torch
from torch import nn


class ScaledBilinear(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) / n_in ** 0.5)
        self.gain = nn.Parameter(torch.ones(n_out))
        self.offset = nn.Parameter(torch.zeros(n_out))
        self.mix = nn.Parameter(torch.tensor(0.3))

    def forward(self, x):
        linear = x @ self.weight.t()
        squared = linear * linear
        blend = (1 - self.mix) * linear + self.mix * squared
        out = self.gain * blend + self.offset
        return out


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([ScaledBilinear(4, 6), ScaledBilinear(6, 3)])
        self.readout = nn.Linear(3, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        pred = self.readout(x)
        return pred


torch.manual_seed(13)
features = torch.randn(30, 4)
target = features[:, :1] * features[:, 1:2]
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(3):
    pred = model(features)
    loss = nn.functional.mse_loss(pred, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, "loss", loss.item())
for name, p in model.named_parameters():
    print(name, p.grad.abs().sum())
