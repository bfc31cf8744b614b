"""A convolutional classifier of striped images."""
import torch
from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 2 * 2, classes)

    def forward(self, image):
        h = F.relu(self.conv1(image))
        h = F.max_pool2d(h, 2)
        h = F.relu(self.conv2(h))
        h = F.max_pool2d(h, 2)
        flat = h.flatten(1)
        logits = self.fc(flat)
        return logits


torch.manual_seed(14)
stripes = (torch.arange(8) % 2).float()
rows = stripes.view(1, 1, 8, 1).expand(10, 1, 8, 8)
columns = stripes.view(1, 1, 1, 8).expand(10, 1, 8, 8)
images = torch.cat([rows, columns]) + 0.3 * torch.randn(20, 1, 8, 8)
labels = torch.cat([torch.zeros(10), torch.ones(10)]).long()

model = ConvNet(2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
for epoch in range(3):
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("epoch", epoch, "loss", loss.item())
