"""The difficulty of the next batch is worked out in numpy from the losses of the last ones."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(23)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)

frequency = 1.0
history = []
for step in range(30):
    x = torch.rand(32, 1) * 2 - 1
    y = torch.sin(frequency * x)
    per_sample = (net(x) - y).pow(2)
    loss = per_sample.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()

    history.append(np.percentile(per_sample.detach().numpy(), 90))
    if len(history) >= 5 and np.mean(history[-5:]) < 0.35:
        frequency = float(np.minimum(frequency * 1.1, 4.0))
    if step % 10 == 9:
        print(step, "frequency %.3f loss %.4f" % (frequency, loss.item()))
