import torch
import torch.nn as nn
import torch.nn.functional as F


class ProtoNet(nn.Module):
    """Classifies by the distance to learned prototypes."""

    def __init__(self, dim, n_classes):
        super().__init__()
        self.embed = nn.Linear(dim, 6)
        self.prototypes = torch.randn(n_classes, 6, requires_grad=True)

    def forward(self, x):
        return -torch.cdist(self.embed(x), self.prototypes)


torch.manual_seed(113)
model = ProtoNet(4, 3)
opt = torch.optim.Adam(model.parameters(), lr=0.03)
x = torch.randn(21, 4)
y = torch.arange(21) % 3
start = model.prototypes.detach().clone()

for epoch in range(4):
    loss = F.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
print("prototypes moved by", (model.prototypes - start).norm().item())
