"""An ensemble in a plain list: each member has its own optimizer, so nothing is forgotten."""
import torch
from torch import nn


class Ensemble:
    def __init__(self, n, make):
        self.members = [make() for _ in range(n)]
        self.optimizers = [torch.optim.Adam(m.parameters(), lr=0.03) for m in self.members]

    def fit(self, x, y, rounds):
        for member, opt in zip(self.members, self.optimizers):
            for _ in range(rounds):
                pick = torch.randint(0, len(x), (len(x),))
                opt.zero_grad()
                loss = (member(x[pick]) - y[pick]).pow(2).mean()
                loss.backward()
                opt.step()
            yield loss.item()

    @torch.no_grad()
    def predict(self, x):
        out = torch.stack([m(x) for m in self.members])
        return out.mean(0), out.std(0)


torch.manual_seed(1020)
x = torch.linspace(-1, 1, 30).unsqueeze(1)
y = (3 * x).sin()
team = Ensemble(3, lambda: nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)))
for n, value in enumerate(team.fit(x, y, 8)):
    print("member", n, f"{value:.4f}")
mean, std = team.predict(torch.tensor([[0.0], [3.0]]))
print(mean.flatten().tolist(), bool(std[1] > std[0]))
