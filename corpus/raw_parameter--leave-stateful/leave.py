"""A streaming network that remembers its hidden state between calls, cut from the last call's graph."""
import torch
from torch import nn


class Streamer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.gru = nn.GRU(1, d)
        self.out = nn.Linear(d, 1)
        self.state = None
        self.seen = torch.zeros(1)

    def reset(self):
        self.state = None

    def forward(self, chunk):
        h, last = self.gru(chunk, self.state)
        self.state = last.detach()
        self.seen = self.seen + len(chunk)
        return self.out(h)


torch.manual_seed(3110)
signal = torch.sin(torch.arange(41) * 0.3).view(-1, 1, 1)
net = Streamer(6)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(3):
    net.reset()
    total = 0.0
    for i in range(0, 40, 10):
        loss = nn.functional.mse_loss(net(signal[i : i + 10]), signal[i + 1 : i + 11])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 4
    print(epoch, f"{total:.5f} seen {int(net.seen)}")
