"""Layers are made at the first call, kept, and registered before the optimizer asks for them."""
import torch
from torch import nn


class SizedOnUse(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.out = out
        self.fc = None

    def forward(self, x):
        if self.fc is None:
            self.fc = nn.Linear(x.shape[-1], self.out)
        return self.fc(x)


torch.manual_seed(1110)
x = torch.randn(18, 7)
y = x[:, :2] - x[:, 2:4]
net = nn.Sequential(SizedOnUse(10), nn.Tanh(), SizedOnUse(2))
net(x[:1])                         # sizes are known from here on
opt = torch.optim.Adam(net.parameters(), lr=0.03)
for i in range(4):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.5f}", len(opt.param_groups[0]["params"]))
