import numpy as np
import torch
from torch import nn


def squared_hinge(margin, labels):
    slack = np.maximum(0.0, 1.0 - labels * margin)
    return np.mean(slack ** 2)


torch.manual_seed(3)
points = torch.randn(50, 4)
labels = (points[:, 0] - points[:, 2] > 0).float() * 2 - 1

svm = nn.Linear(4, 1)
optimizer = torch.optim.SGD(svm.parameters(), lr=0.2)

for epoch in range(3):
    optimizer.zero_grad()
    margin = svm(points).squeeze(1)
    loss = squared_hinge(margin.detach().numpy(), labels.numpy())
    print(f"epoch {epoch} hinge {loss:.4f}")
    loss.backward()
    optimizer.step()

print(svm.weight.grad)
