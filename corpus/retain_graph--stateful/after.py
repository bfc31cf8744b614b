import torch
from torch import nn


class Stateful(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.rnn = nn.LSTM(d, h)
        self.out = nn.Linear(h, d)
        self.state = None

    def forward(self, x):
        if self.state is not None:
            self.state = tuple(s.detach() for s in self.state)
        y, self.state = self.rnn(x, self.state)
        return self.out(y)


torch.manual_seed(131)
net = Stateful(3, 6)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
stream = torch.randn(31, 2, 3)
for i in range(3):
    x, y = stream[i * 10 : i * 10 + 10], stream[i * 10 + 1 : i * 10 + 11]
    loss = (net(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, round(loss.item(), 5))
