import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 3))
x = torch.randn(9, 2)
prototypes = torch.randn(3, 3)
labels = torch.tensor([0, 1, 2] * 3)
opt = torch.optim.SGD(net.parameters(), lr=0.2)


def distances(z):
    rows = []
    for v in z:
        rows.append(torch.stack([torch.dist(v, p) for p in prototypes]))
    return torch.stack(rows)


for i in range(3):
    d = distances(net(x))
    loss = nn.functional.cross_entropy(-d, labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item(), net[0].weight.grad)
