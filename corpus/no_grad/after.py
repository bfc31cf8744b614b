import torch
from torch import nn

torch.manual_seed(33)


def make_spirals(n):
    t = torch.linspace(0.2, 3.0, n)
    a = torch.stack([t * torch.cos(2 * t), t * torch.sin(2 * t)], dim=1)
    return torch.cat([a, -a]), torch.cat([torch.zeros(n), torch.ones(n)]).long()


x, y = make_spirals(20)
classifier = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(classifier.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

for epoch in range(3):
    classifier.train()
    optimizer.zero_grad()
    scores = classifier(x)
    loss = criterion(scores, y)
    print(f"epoch {epoch} loss {loss.item():.4f}")
    loss.backward()
    optimizer.step()
