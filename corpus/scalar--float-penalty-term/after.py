import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(12)
LAMBDA = 0.05
model = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.02)
x, y = torch.randn(16, 6), torch.randn(16, 1)


def l2_penalty(module):
    return sum((p ** 2).sum() for p in module.parameters())


for step in range(4):
    opt.zero_grad()
    data_term = F.mse_loss(model(x), y)
    loss = data_term + LAMBDA * l2_penalty(model)
    loss.backward()
    opt.step()
    print(step, data_term.item(), loss.item())
