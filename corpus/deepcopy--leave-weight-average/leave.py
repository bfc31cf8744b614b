"""Stochastic weight averaging, with the library's averaged model, then batch norm refreshed."""
import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

torch.manual_seed(1820)
model = nn.Sequential(nn.Linear(3, 10), nn.BatchNorm1d(10), nn.ReLU(), nn.Linear(10, 1))
x = torch.randn(48, 3)
y = (x[:, :1] - x[:, 1:2]).sin()
batches = list(zip(x.split(16), y.split(16)))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
average, schedule = AveragedModel(model), SWALR(opt, swa_lr=0.05, anneal_epochs=2)
for epoch in range(6):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        opt.step()
    if epoch >= 3:
        average.update_parameters(model)
        schedule.step()
    print(epoch, f"{loss.item():.5f}")
update_bn((xb for xb, _ in batches), average)
average.eval()
with torch.no_grad():
    print(f"averaged {nn.functional.mse_loss(average(x), y).item():.5f} of {int(average.n_averaged)} models")
