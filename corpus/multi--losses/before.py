import torch
import torch.nn as nn
import torch.nn.functional as F


class Ensemble(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.members = [nn.Linear(4, 1) for _ in range(size)]
        self.mixing = nn.Parameter(torch.zeros(size))

    def forward(self, x):
        return torch.cat([m(x) for m in self.members], dim=1)


def ensemble_loss(model, x, y):
    predictions = model(x)
    weights = model.mixing.softmax(0)
    each = [F.mse_loss(predictions[:, i], y) for i in range(predictions.shape[1])]
    diversity = predictions.var(dim=1).mean()
    return (weights * torch.tensor(each)).sum() - 0.01 * diversity


torch.manual_seed(85)
x = torch.randn(33, 4)
y = x[:, 0] * 2 - x[:, 3]
model = Ensemble(3)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(4):
    loss = ensemble_loss(model, x, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
