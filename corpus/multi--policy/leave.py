import torch
from torch import nn
from torch.distributions import Normal


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
        self.value = nn.Linear(2, 1)
        self.scale = torch.tensor(0.5)

    def forward(self, s):
        return Normal(self.net(s), self.scale), self.value(s)


torch.manual_seed(203)
pi = Policy()
opt = torch.optim.Adam(pi.parameters(), lr=1e-2)
for ep in range(3):
    s = torch.randn(8, 2)
    logps, values, rewards = [], [], []
    for t in range(4):
        dist, v = pi(s)
        a = dist.sample()
        logps.append(dist.log_prob(a).squeeze(1))
        values.append(v.squeeze(1))
        s = 0.9 * s + torch.cat([a, -a], dim=1) * 0.1
        rewards.append(-s.pow(2).sum(1))
    G, ret = torch.zeros(8), []
    for r in reversed(rewards):
        G = r + 0.95 * G
        ret.insert(0, G)
    ret = torch.stack(ret)
    values = torch.stack(values)
    adv = (ret - values).detach()
    loss = -(torch.stack(logps) * adv).mean() + 0.5 * (values - ret).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(ep, round(loss.item(), 4))
