import torch
import torch.nn.functional as F
from torch import nn


class SmallCNN(nn.Module):
    def __init__(self, n_classes=4):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(),
            nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.ReLU(),
        )
        self.classifier = nn.Linear(8, n_classes)

    def forward(self, image):
        maps = self.features(image)
        return self.classifier(maps.mean(dim=(2, 3))), maps


def class_activation(model, image, category):
    logits, maps = model(image)
    logits[0, category].backward()
    weights = maps.grad.mean(dim=(2, 3), keepdim=True)
    cam = F.relu((weights * maps).sum(dim=1))
    return cam / (cam.max() + 1e-8)


torch.manual_seed(181)
model = SmallCNN()
image = torch.rand(1, 1, 12, 12)
cam = class_activation(model, image, category=1)
print("map", tuple(cam.shape), "mean", cam.mean().item())
