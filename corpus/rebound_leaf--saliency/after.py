"""Which pixels matter? Saliency of a small digit classifier."""
import torch
import torch.nn as nn

torch.manual_seed(4)
MEAN, STD = 0.13, 0.31


def make_classifier() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(64, 10),
    )


def saliency(net: nn.Module, picture: torch.Tensor, label: int) -> torch.Tensor:
    picture = picture.clone().requires_grad_(True)
    normed = (picture - MEAN) / STD
    score = net(normed.unsqueeze(0))[0, label]
    score.backward()
    return picture.grad.abs().amax(dim=0)


net = make_classifier()
digit = torch.rand(1, 12, 12)
heat = saliency(net, digit, 3)
print("hottest pixel", heat.argmax().item(), "value", round(heat.max().item(), 4))
