"""Modules without parameters may be made on the fly."""
import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(36, 3)

    def forward(self, x):
        x = nn.ReLU()(self.conv(x))
        x = nn.MaxPool2d(2)(x)
        x = nn.Flatten()(x)
        x = nn.Dropout(0.2)(x) if self.training else x
        return nn.LogSoftmax(dim=1)(self.fc(x))


torch.manual_seed(1100)
net = ConvNet()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.rand(12, 1, 8, 8)
y = (x[:, 0, :4].sum((1, 2)) > x[:, 0, 4:].sum((1, 2))).long()
for _ in range(4):
    loss = nn.NLLLoss()(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
