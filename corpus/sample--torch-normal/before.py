import torch
from torch import nn, optim

torch.manual_seed(38)


class NoisyDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 8)
        self.mean = nn.Linear(8, 1)
        self.log_std = nn.Linear(8, 1)

    def forward(self, x):
        h = torch.tanh(self.body(x))
        mu, sigma = self.mean(h), self.log_std(h).exp()
        return torch.normal(mu, sigma)


model = NoisyDecoder()
opt = optim.Adam(model.parameters(), lr=0.01)
x = torch.rand(60, 2)
y = 2 * x[:, :1] - x[:, 1:]
for epoch in range(4):
    draw = model(x)
    # energy score needs two samples
    other = model(x)
    loss = (draw - y).abs().mean() - 0.5 * (draw - other).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
