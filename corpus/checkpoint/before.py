import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class DeepNet(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.ReLU()) for _ in range(depth)
        )
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=True)
        return self.head(x)


torch.manual_seed(20)
net = DeepNet(width=8, depth=3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(12, 8), torch.randint(0, 2, (12,))
for step in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    print(step, loss.item())
trained = [name for name, p in net.named_parameters() if p.grad is not None]
print("trained:", trained)
