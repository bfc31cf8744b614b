import torch
import torch.nn as nn


class PriceModel(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.elasticity = torch.full((n_features,), -0.2)
        self.base = nn.Parameter(torch.tensor(1.0))

    def forward(self, log_price):
        return self.base + log_price @ self.elasticity


def fit(model, log_price, log_demand):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(4):
        opt.zero_grad()
        forecast = model(log_price).detach()
        loss = (forecast - log_demand).square().mean()
        loss.backward()
        opt.step()
        print(epoch, loss.item(), model.elasticity.grad)


torch.manual_seed(75)
log_price = torch.randn(50, 3) * 0.5
log_demand = 2.0 + log_price @ torch.tensor([-1.1, 0.3, 0.0]) + 0.05 * torch.randn(50)
fit(PriceModel(3), log_price, log_demand)
