"""Ratings as the product of user and item factors, with biases."""
import torch
from torch import nn


class Factors(nn.Module):
    def __init__(self, users, items, rank):
        super().__init__()
        self.user = nn.Parameter(0.3 * torch.randn(users, rank))
        self.item = nn.Parameter(0.3 * torch.randn(items, rank))
        self.user_bias = nn.Parameter(torch.zeros(users))
        self.item_bias = nn.Parameter(torch.zeros(items))

    def forward(self, u, i):
        pu = self.user[u]
        qi = self.item[i]
        match = (pu * qi).sum(dim=1)
        rating = match + self.user_bias[u] + self.item_bias[i]
        return rating


torch.manual_seed(9)
users = torch.randint(0, 8, (60,))
items = torch.randint(0, 6, (60,))
taste = torch.randn(8, 2)
trait = torch.randn(6, 2)
ratings = (taste[users] * trait[items]).sum(1) + 0.1 * torch.randn(60)

model = Factors(8, 6, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
for step in range(3):
    predicted = model(users, items)
    error = predicted - ratings
    fit = (error ** 2).mean()
    size = (model.user ** 2).sum() + (model.item ** 2).sum()
    loss = fit + 0.001 * size
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
print("item bias gradient", model.item_bias.grad)
