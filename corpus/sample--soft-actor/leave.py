import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(220)
pi = nn.Linear(3, 2)
q1, q2 = nn.Linear(4, 1), nn.Linear(4, 1)
log_alpha = torch.zeros(1, requires_grad=True)
op, oq, oa = (torch.optim.Adam(p, lr=1e-2) for p in (pi.parameters(), [*q1.parameters(), *q2.parameters()], [log_alpha]))


def act(s):
    mu, ls = pi(s).chunk(2, -1)
    d = Normal(mu, ls.clamp(-4, 1).exp())
    u = d.rsample()
    a = u.tanh()
    return a, d.log_prob(u) - (1 - a.pow(2) + 1e-6).log()


for it in range(3):
    s, s2, r = torch.randn(16, 3), torch.randn(16, 3), torch.randn(16, 1)
    a = torch.rand(16, 1) * 2 - 1
    with torch.no_grad():
        a2, lp2 = act(s2)
        x2 = torch.cat([s2, a2], 1)
        y = r + 0.9 * (torch.min(q1(x2), q2(x2)) - log_alpha.exp() * lp2)
    x = torch.cat([s, a], 1)
    lq = (q1(x) - y).pow(2).mean() + (q2(x) - y).pow(2).mean()
    oq.zero_grad(); lq.backward(); oq.step()
    an, lp = act(s)
    xn = torch.cat([s, an], 1)
    lpi = (log_alpha.exp().detach() * lp - torch.min(q1(xn), q2(xn))).mean()
    op.zero_grad(); lpi.backward(); op.step()
    la = -(log_alpha * (lp + 1.0).detach()).mean()
    oa.zero_grad(); la.backward(); oa.step()
    print(it, round(lq.item(), 4), round(lpi.item(), 4), round(log_alpha.item(), 4))
