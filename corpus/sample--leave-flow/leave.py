"""A coupling flow trained by likelihood; it is only sampled from under no_grad."""
import torch
from torch import nn
from torch.distributions import MultivariateNormal


class Coupling(nn.Module):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 2))

    def forward(self, x):
        a, b = (x[:, 1:], x[:, :1]) if self.flip else (x[:, :1], x[:, 1:])
        s, t = self.net(a).chunk(2, 1)
        s = torch.tanh(s)
        b = b * s.exp() + t
        return torch.cat([b, a] if self.flip else [a, b], 1), s.sum(1)

    def inverse(self, z):
        a, b = (z[:, 1:], z[:, :1]) if self.flip else (z[:, :1], z[:, 1:])
        s, t = self.net(a).chunk(2, 1)
        b = (b - t) * (-torch.tanh(s)).exp()
        return torch.cat([b, a] if self.flip else [a, b], 1)


torch.manual_seed(2250)
layers = nn.ModuleList([Coupling(False), Coupling(True)])
base = MultivariateNormal(torch.zeros(2), torch.eye(2))
opt = torch.optim.Adam(layers.parameters(), lr=0.02)
u = torch.randn(80)
x = torch.stack([u, 0.5 * u**2 + 0.3 * torch.randn(80)], 1)
for epoch in range(6):
    z, logdet = x, 0
    for layer in layers:
        z, d = layer(z)
        logdet = logdet + d
    nll = -(base.log_prob(z) + logdet).mean()
    opt.zero_grad()
    nll.backward()
    opt.step()
    print(epoch, f"{nll.item():.5f}")
with torch.no_grad():
    s = base.sample((200,))
    for layer in reversed(layers):
        s = layer.inverse(s)
print("sample mean", [round(v, 3) for v in s.mean(0).tolist()])
