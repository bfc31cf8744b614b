"""Power iteration refines the singular vector without a graph; sigma itself has one."""
import torch
import torch.nn.functional as F
from torch import nn


class LipschitzLinear(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) * 0.5)
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.register_buffer("u", F.normalize(torch.randn(n_out), dim=0))

    def forward(self, x):
        with torch.no_grad():
            v = F.normalize(self.weight.t() @ self.u, dim=0)
            u = F.normalize(self.weight @ v, dim=0)
            self.u.copy_(u)
        sigma = torch.dot(u, self.weight @ v)
        return F.linear(x, self.weight / sigma, self.bias)


torch.manual_seed(45)
critic = nn.Sequential(LipschitzLinear(2, 10), nn.ReLU(), LipschitzLinear(10, 1))
opt = torch.optim.Adam(critic.parameters(), lr=0.01)
a, b = torch.randn(32, 2), torch.randn(32, 2) + 1.5
for i in range(5):
    on_a, on_b = critic(a), critic(b)
    gap = on_b.mean() - on_a.mean()
    loss = -gap + 0.01 * on_b.square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{gap.item():.5f}")
