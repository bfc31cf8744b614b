import numpy as np
import torch
from torch import nn

torch.manual_seed(30)


class Recorder:
    """Stands in for a plotting backend: keeps curves as plain arrays."""

    def __init__(self):
        self.curves = []

    def add(self, label, ys):
        assert isinstance(ys, np.ndarray), "curves must be arrays"
        self.curves.append((label, ys.copy()))

    def summary(self):
        return ", ".join(f"{label}: {np.ptp(ys):.3f}" for label, ys in self.curves)


time = torch.linspace(0, 6, 40).unsqueeze(1)
signal = torch.exp(-0.3 * time) * torch.cos(2 * time)

net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
figure = Recorder()

for epoch in range(3):
    fitted = net(time)
    figure.add(f"epoch {epoch}", fitted.detach().numpy())
    error = fitted - signal
    loss = (error ** 2).mean()
    if epoch == 0:
        print(figure.summary(), "loss", round(loss.item(), 5))
    opt.zero_grad()
    loss.backward()
    opt.step()
