import torch
from torch import nn

torch.manual_seed(210)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(12, 4), torch.randint(0, 3, (12,))
for _ in range(2):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
net.requires_grad_(False)
x.requires_grad_(True)
net(x).gather(1, y[:, None]).sum().backward()
print("saliency", [round(v, 3) for v in x.grad.abs().mean(0).tolist()])
first = x.grad[:3].norm()
print("first three", round(first.item(), 4))
