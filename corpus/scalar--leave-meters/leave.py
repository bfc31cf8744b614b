import math
import statistics
import numpy as np
import torch
import torch.nn as nn


class Meter:
    def __init__(self):
        self.values = []

    def update(self, v):
        self.values.append(float(f"{v:.6f}"))

    @property
    def summary(self):
        return statistics.mean(self.values), max(self.values), math.fsum(self.values)


torch.manual_seed(0)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), 0.1)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=0)
x, y = torch.randn(10, 3), torch.randn(10, 1)
m = Meter()
for i in range(4):
    loss = (net(x) - y).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    m.update(loss)
    sched.step(np.round(loss.detach().numpy(), 3))
    print(i, m.summary, opt.param_groups[0]["lr"])
