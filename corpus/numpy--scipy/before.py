import numpy as np
import torch
from scipy.special import expit, gammaln, logsumexp
from torch import nn

torch.manual_seed(21)


class CountModel(nn.Module):
    """Mixture of two negative binomials for visit counts."""

    def __init__(self):
        super().__init__()
        self.log_r = nn.Parameter(torch.tensor([0.2, 1.1]))
        self.logit_p = nn.Parameter(torch.tensor([-0.4, 0.6]))
        self.mix = nn.Parameter(torch.tensor([0.1, -0.1]))

    def forward(self, counts):
        k = counts[:, None].numpy()
        r = self.log_r.exp().detach().numpy()
        p = expit(self.logit_p.detach().numpy())
        weights = torch.log_softmax(self.mix, dim=0).detach().numpy()
        comp = gammaln(k + r) - gammaln(r) - gammaln(k + 1.0)
        comp = comp + r * np.log1p(-p) + k * np.log(p)
        return torch.from_numpy(logsumexp(comp + weights, axis=1))


counts = torch.poisson(torch.full((40,), 3.0))
model = CountModel()
opt = torch.optim.Adam(model.parameters(), lr=0.02)

for it in range(3):
    loss = -model(counts).mean()
    opt.zero_grad()
    print(f"it {it} neg. log likelihood {loss.item():.4f}")
    loss.backward()
    opt.step()
