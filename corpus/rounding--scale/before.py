import torch
from torch import nn


def fake_quantise(w, bits=4):
    scale = w.detach().abs().max() / (2 ** (bits - 1) - 1)
    return torch.round(w / scale) * scale


class QuantLinear(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(x, fake_quantise(self.weight), self.bias)


torch.manual_seed(56)
model = nn.Sequential(QuantLinear(6, 12), nn.ReLU(), QuantLinear(12, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(32, 6), torch.randn(32, 2)
for step in range(4):
    opt.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    opt.step()
    print(f"step {step} loss {loss.item():.4f}")
