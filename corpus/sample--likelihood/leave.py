import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(204)
enc, dec = nn.Linear(6, 4), nn.Linear(2, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
prior = Normal(0.0, 1.0)
x = torch.randn(20, 6)
for i in range(3):
    mu, lv = enc(x).chunk(2, -1)
    q = Normal(mu, (0.5 * lv).exp())
    z = q.rsample((5,))
    logw = Normal(dec(z), 1.0).log_prob(x).sum(-1) + prior.log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    w = torch.softmax(logw, 0).detach()
    loss = -(w * logw).sum(0).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        sample = dec(prior.sample((3, 2)))
    print(i, f"{loss.item():.4f} ess {(1 / w.pow(2).sum(0)).mean().item():.3f} {sample.mean().item():.3f}")
