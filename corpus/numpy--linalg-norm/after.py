import random

import torch
from torch import nn


class TripletTrainer:
    margin = 0.7

    def __init__(self, seed):
        random.seed(seed)
        torch.manual_seed(seed)
        self.embed = nn.Sequential(nn.Linear(5, 9), nn.Tanh(), nn.Linear(9, 4, bias=False))
        self.opt = torch.optim.SGD(self.embed.parameters(), lr=0.05, momentum=0.8)

    def distance(self, left, right):
        diff = left - right
        return torch.linalg.norm(diff, dim=1)

    def loss(self, anchor, positive, negative):
        a, p, n = self.embed(anchor), self.embed(positive), self.embed(negative)
        violation = self.distance(a, p) - self.distance(a, n) + self.margin
        return torch.relu(violation).mean()

    def fit(self, batches):
        for i, batch in enumerate(batches):
            loss = self.loss(*batch)
            self.opt.zero_grad()
            print(f"batch {i}: triplet loss {loss.item():.4f}")
            loss.backward()
            self.opt.step()


def triplets(n_batches, size=10):
    for _ in range(n_batches):
        anchor = torch.randn(size, 5)
        yield anchor, anchor + 0.2 * torch.randn(size, 5), torch.randn(size, 5)


TripletTrainer(seed=6).fit(triplets(2))
