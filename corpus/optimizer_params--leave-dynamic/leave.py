"""Parameters that appear during training are handed to the running optimizer."""
import torch
from torch import nn

torch.manual_seed(3160)
x = torch.linspace(-2, 2, 50).unsqueeze(1)
y = x.abs() - 0.5 * (x - 1).abs()
knots = [nn.Linear(1, 1)]
opt = torch.optim.Adam(knots[0].parameters(), lr=0.05)


def grow():
    unit = nn.Linear(1, 1)
    out = nn.Linear(1, 1, bias=False)
    opt.add_param_group({"params": [*unit.parameters(), *out.parameters()], "lr": 0.03})
    knots.append(nn.Sequential(unit, nn.Softplus(), out))


for epoch in range(9):
    if epoch and epoch % 3 == 0:
        grow()
        grow()
    loss = (sum(k(x) for k in knots) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.5f}", "groups", len(opt.param_groups))
