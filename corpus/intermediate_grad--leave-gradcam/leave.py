"""Class activation maps: forward and backward hooks on the last convolution."""
import torch
from torch import nn


class Cam:
    def __init__(self, layer):
        self.maps = self.grads = None
        layer.register_forward_hook(self._forward)

    def _forward(self, module, args, output):
        self.maps = output
        output.register_hook(self._backward)

    def _backward(self, grad):
        self.grads = grad

    def __call__(self, net, image, label):
        net.zero_grad()
        net(image)[0, label].backward()
        weights = self.grads.mean(dim=(2, 3), keepdim=True)
        cam = torch.relu((weights * self.maps).sum(1)).detach()
        return cam / cam.amax().clamp_min(1e-8)


torch.manual_seed(720)
net = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
)
cam = Cam(net[2])
image = torch.rand(1, 1, 9, 9)
for label in range(3):
    m = cam(net, image, label)
    print(label, f"{m.mean().item():.5f}", tuple(m.shape))
