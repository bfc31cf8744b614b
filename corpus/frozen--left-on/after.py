import torch
from torch import nn

torch.manual_seed(66)


def input_gradient(net, x):
    """How sensitive is the output to each feature?"""
    net.eval()
    for p in net.parameters():
        p.requires_grad_(False)
    x = x.clone().requires_grad_()
    net(x).sum().backward()
    return x.grad.abs().mean(dim=0)


net = nn.Sequential(nn.Linear(6, 10), nn.Mish(), nn.Dropout(0.1), nn.Linear(10, 1))
x = torch.randn(25, 6)
y = x[:, 1:2] * x[:, 2:3]

importance = input_gradient(net, x)
print("before training", importance)

net.train().requires_grad_(True)
opt = torch.optim.AdamW(net.parameters(), lr=0.01)
for epoch in range(3):
    loss = (net(x) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("epoch", epoch, "loss", loss.item())
