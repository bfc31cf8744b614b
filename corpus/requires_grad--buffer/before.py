import torch
import torch.nn.functional as F
from torch import nn


class ProtoNet(nn.Module):
    def __init__(self, d, classes, dim):
        super().__init__()
        self.encoder = nn.Linear(d, dim)
        self.register_buffer("prototypes", torch.randn(classes, dim))

    def forward(self, x):
        return -torch.cdist(self.encoder(x), self.prototypes).pow(2)


torch.manual_seed(111)
net = ProtoNet(6, 3, 4)
opt = torch.optim.SGD([{"params": net.encoder.parameters()}, {"params": [net.prototypes], "lr": 0.05}], lr=0.1)
x, y = torch.randn(24, 6), torch.randint(0, 3, (24,))
for i in range(3):
    loss = F.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, f"{loss.item():.4f}")
