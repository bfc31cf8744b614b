import torch
from torch import nn, optim

device = torch.device("cpu")
dtype = torch.float64


class Survival(nn.Module):
    """Weibull regression: log-scale is linear in the covariates."""

    def __init__(self, n_covariates):
        super().__init__()
        self.beta = nn.Parameter(torch.full((n_covariates,), 0.1)).to(device, dtype)
        self.log_shape = nn.Parameter(torch.tensor(0.2, dtype=dtype))

    def nll(self, covariates, t):
        shape = self.log_shape.exp()
        log_scale = covariates @ self.beta
        z = torch.log(t) - log_scale
        return (torch.exp(shape * z) - shape * z - self.log_shape + torch.log(t)).mean()


def fit(model, covariates, t, iters):
    opt = optim.SGD(model.parameters(), lr=0.05)
    for _ in range(iters):
        opt.zero_grad()
        loss = model.nll(covariates, t)
        loss.backward()
        opt.step()
    return loss.item()


torch.manual_seed(1)
covariates = torch.randn(40, 3, dtype=dtype)
t = torch.exp(covariates @ torch.tensor([0.5, -0.3, 0.0], dtype=dtype)) * torch.rand(40, dtype=dtype).add(0.1)
model = Survival(3)
print("nll", fit(model, covariates, t, iters=6))
print("beta", model.beta.tolist())
