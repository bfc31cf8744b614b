import torch
from torch import nn


class WeightedClassifier(nn.Module):
    """Inverse class frequencies weigh the loss; feature scaling uses the training set's moments."""

    def __init__(self, x, y, classes):
        super().__init__()
        counts = torch.bincount(y, minlength=classes).float()
        self.class_weight = counts.sum() / (classes * counts)
        self.shift, self.scale = x.mean(0), x.std(0)
        self.fc = nn.Linear(x.shape[1], classes)

    def loss(self, x, y):
        logits = self.fc((x - self.shift) / self.scale)
        return nn.functional.cross_entropy(logits, y, weight=self.class_weight)


torch.manual_seed(350)
y = (torch.rand(80) < 0.15).long()
x = torch.randn(80, 4) * 10 + y.unsqueeze(1) * 8
model = WeightedClassifier(x, y, 2)
opt = torch.optim.Adagrad(model.parameters(), lr=0.3)
for _ in range(5):
    value = model.loss(x, y)
    opt.zero_grad()
    value.backward()
    opt.step()
    print(f"{value.item():.5f}")
print([round(v, 3) for v in model.class_weight.tolist()])
