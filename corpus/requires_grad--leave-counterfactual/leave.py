"""The smallest change of an input that flips a trained, then frozen, classifier."""
import torch
from torch import nn

torch.manual_seed(3100)
clf = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.randn(60, 2)
y = (x[:, :1] + x[:, 1:] > 0).float()
opt = torch.optim.Adam(clf.parameters(), lr=0.05)
for _ in range(20):
    loss = nn.functional.binary_cross_entropy_with_logits(clf(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(f"classifier {loss.item():.4f}")

clf.requires_grad_(False)
person = torch.tensor([-0.8, -0.5])
change = torch.zeros(2, requires_grad=True)
search = torch.optim.Adam([change], lr=0.1)
for step in range(40):
    score = clf(person + change).squeeze()
    loss = nn.functional.softplus(-3 * score) + 0.2 * change.abs().sum()
    search.zero_grad()
    loss.backward()
    search.step()
    if score.item() > 0:
        break
print("flipped after", step, [round(v, 3) for v in change.tolist()])
