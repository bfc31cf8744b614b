import torch
from torch import nn

torch.manual_seed(32)

x = torch.randn(64, 3)
y = x @ torch.tensor([[0.5], [-1.5], [2.0]]) + 0.7

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(5):
    for xb, yb in zip(x.split(32), y.split(32)):
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    print(epoch, loss.item())

print("weight", model.weight.tolist(), "bias", model.bias.tolist())
