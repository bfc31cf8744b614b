import torch
from torch import nn


class CountHead(nn.Module):
    """Predicts how many events fall into each of three bins."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3), nn.Softplus())

    def forward(self, x):
        counts = self.net(x) * 10
        return counts.long()


torch.manual_seed(68)
model = CountHead()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x = torch.rand(22, 4)
y = (x[:, :3] * 8).round()

for epoch in range(3):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x).float(), y)
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch} loss {loss.item():.4f}")
