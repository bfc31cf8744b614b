import torch
import torch.nn as nn
import torch.nn.functional as F


class CosineHead(nn.Module):
    """Classifier whose logits are scaled cosines between feature and class prototype."""

    def __init__(self, in_dim, n_classes, scale=12.0):
        super().__init__()
        self.prototypes = nn.Parameter(torch.randn(n_classes, in_dim))
        self.scale = scale

    def forward(self, feats):
        unit_w = F.normalize(self.prototypes.data, dim=1)
        unit_f = F.normalize(feats, dim=1)
        return self.scale * unit_f @ unit_w.t()


class FaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(10, 20), nn.GELU(), nn.Linear(20, 6))
        self.head = CosineHead(6, 5)

    def forward(self, x):
        return self.head(self.stem(x))


torch.manual_seed(0)
x, y = torch.randn(40, 10), torch.randint(0, 5, (40,))
model = FaceNet()
sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
start = model.head.prototypes.detach().clone()

for step in range(3):
    loss = F.cross_entropy(model(x), y)
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    print("step", step, "loss", round(loss.item(), 4))

print("prototypes moved:", bool((model.head.prototypes.detach() - start).abs().max() > 0))
