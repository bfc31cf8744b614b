"""Two views of one batch; each predicts the other's projection, which stands still."""
import torch
import torch.nn.functional as F
from torch import nn


class Siamese(nn.Module):
    def __init__(self, width=10):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, width), nn.ReLU(), nn.Linear(width, width))
        self.predictor = nn.Sequential(nn.Linear(width, 5), nn.ReLU(), nn.Linear(5, width))

    def forward(self, a, b):
        za, zb = self.encoder(a), self.encoder(b)
        pa, pb = self.predictor(za), self.predictor(zb)
        return pa, pb, za.detach(), zb.detach()


def negative_cosine(p, z):
    return -F.cosine_similarity(p, z, dim=-1).mean()


def jitter(x):
    return x + 0.1 * torch.randn_like(x)


def main():
    torch.manual_seed(2)
    net = Siamese()
    sgd = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    data = torch.randn(24, 6)
    for _ in range(5):
        pa, pb, za, zb = net(jitter(data), jitter(data))
        loss = 0.5 * negative_cosine(pa, zb) + 0.5 * negative_cosine(pb, za)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        print(round(loss.item(), 5))


if __name__ == "__main__":
    main()
