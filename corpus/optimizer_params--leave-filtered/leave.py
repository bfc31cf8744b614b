import torch
from torch import nn


def trainable(*modules):
    for m in modules:
        yield from (p for p in m.parameters() if p.requires_grad)


torch.manual_seed(1220)
stem = nn.Sequential(nn.Linear(4, 8), nn.ReLU()).requires_grad_(False)
mid = nn.Linear(8, 8)
top = nn.Linear(8, 1)
opt = torch.optim.SGD(trainable(stem, mid, top), lr=0.05, nesterov=True, momentum=0.8)
x = torch.randn(25, 4)
y = x[:, :1].relu() - x[:, 1:2].relu()
for step in range(6):
    pred = top(torch.relu(mid(stem(x))))
    loss = torch.nn.functional.mse_loss(pred, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, f"{loss.item():.6f}")
print(sum(len(g["params"]) for g in opt.param_groups), "tensors in the optimizer")
