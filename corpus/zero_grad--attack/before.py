import torch
from torch import nn

torch.manual_seed(86)


class Attack:
    def __init__(self, model, radius, step):
        self.model, self.radius, self.step = model, radius, step

    def run(self, x, label, rounds):
        noise = torch.zeros_like(x, requires_grad=True)
        for _ in range(rounds):
            loss = nn.functional.cross_entropy(self.model(x + noise), label)
            loss.backward()
            noise.grad.zero_()
            with torch.no_grad():
                noise += self.step * noise.grad.sign()
                noise.clamp_(-self.radius, self.radius)
            yield loss.item()


model = nn.Sequential(nn.Linear(15, 8), nn.ReLU(), nn.Linear(8, 3))
x, label = torch.rand(4, 15), torch.tensor([2, 0, 0, 1])
attack = Attack(model, radius=0.1, step=0.03)
for loss in attack.run(x, label, rounds=4):
    print(f"{loss:.6f}")
