"""Transfer learning: the backbone stands still, the head learns."""
import torch
from torch import nn


class Transfer(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        for p in self.backbone.parameters():
            p.requires_grad = False
        self.head = nn.Linear(10, classes)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

    def forward(self, x):
        with torch.no_grad():
            features = self.backbone(x)
        return self.head(features)


torch.manual_seed(900)
backbone = nn.Sequential(nn.Linear(4, 10), nn.BatchNorm1d(10), nn.Tanh())
model = Transfer(backbone, 3).train()
opt = torch.optim.Adam(model.head.parameters(), lr=0.1)
x = torch.randn(40, 4)
y = torch.bucketize(x[:, 0].contiguous(), torch.tensor([-0.5, 0.5]))
before = backbone[0].weight.clone()
for _ in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f}")
print("backbone untouched:", torch.equal(before, backbone[0].weight))
