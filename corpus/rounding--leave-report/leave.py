"""Rounded numbers are shown to people; the optimiser sees the exact ones."""
import torch


def pretty(t, digits=2):
    return [float(v) for v in torch.round(t.detach(), decimals=digits)]


torch.manual_seed(2120)
demand = torch.tensor([30.0, 45.0, 12.0])
price = torch.tensor([4.0, 4.0, 4.0], requires_grad=True)
slope = torch.tensor([2.0, 5.0, 0.5])
opt = torch.optim.Adam([price], lr=0.3)
for week in range(6):
    units = torch.relu(demand - slope * price)
    profit = (units * (price - 1.5)).sum()
    opt.zero_grad()
    (-profit).backward()
    opt.step()
    whole = units.floor().int()
    print(week, pretty(price), whole.tolist(), round(profit.item(), 1))
