import torch
from torch import nn


class MADE(nn.Module):
    def __init__(self, d=4, h=12):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(d, h), nn.Linear(h, d)])
        m0, m1 = torch.arange(d), torch.arange(h) % (d - 1)
        self.masks = [(m1[:, None] >= m0[None]).float(), (m0[:, None] > m1[None]).float()]
        self.biases_init = [torch.zeros(h), torch.zeros(d)]

    def forward(self, x):
        for i, (layer, mask) in enumerate(zip(self.layers, self.masks)):
            x = nn.functional.linear(x, layer.weight * mask, layer.bias)
            x = torch.relu(x) if i == 0 else x
        return x


torch.manual_seed(214)
net = MADE()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = (torch.rand(40, 4) > 0.5).float()
for i in range(3):
    loss = nn.functional.binary_cross_entropy_with_logits(net(x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, round(loss.item(), 5))
