import torch
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
        k = counts[:, None]
        r = self.log_r.exp()
        p = torch.sigmoid(self.logit_p)
        weights = torch.log_softmax(self.mix, dim=0)
        comp = torch.lgamma(k + r) - torch.lgamma(r) - torch.lgamma(k + 1.0)
        comp = comp + r * torch.log1p(-p) + k * torch.log(p)
        return torch.logsumexp(comp + weights, dim=1)


counts = torch.poisson(torch.full((40,), 3.0))
model = CountModel()
opt = torch.optim.Adam(model.parameters(), lr=0.02)

for it in range(3):
    loss = -model(counts).mean()
    opt.zero_grad()
    print(f"it {it} neg. log likelihood {loss.item():.4f}")
    loss.backward()
    opt.step()
