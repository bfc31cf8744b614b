import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(95)


def scaled_weights(model, factor):
    return {name: value * factor for name, value in model.named_parameters()}


model = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 2))
x, y = torch.randn(14, 6), torch.randint(0, 2, (14,))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

# train for robustness against weight shrinkage
for step in range(3):
    optimizer.zero_grad()
    losses = [
        nn.functional.cross_entropy(functional_call(model, scaled_weights(model, f), (x,)), y)
        for f in (1.0, 0.9, 0.8)
    ]
    worst = torch.stack(losses).max()
    worst.backward()
    optimizer.step()
    print(step, worst.item())
