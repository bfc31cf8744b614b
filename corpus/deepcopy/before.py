import copy

import torch
from torch import nn

torch.manual_seed(16)

net = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 1))
best = copy.deepcopy(net)
best_loss = float("inf")
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)

x = torch.rand(45, 2) * 2 - 1
y = (x[:, :1] * 3).sin() * x[:, 1:]

for epoch in range(6):
    prediction = best(x)
    loss = nn.functional.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if loss.item() < best_loss:
        best_loss = loss.item()
        best.load_state_dict(net.state_dict())
    print(f"epoch {epoch}: loss {loss.item():.6f}, best {best_loss:.6f}")

print("gradient of the first layer:", net[0].weight.grad)
