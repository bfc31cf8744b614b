import torch
import torch.nn as nn

torch.manual_seed(40)
EPS, ALPHA = 0.08, 0.02

classifier = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 4))
criterion = nn.CrossEntropyLoss()
batch, labels = torch.rand(5, 12), torch.tensor([0, 3, 1, 2, 0])

delta = torch.zeros_like(batch, requires_grad=False)
for k in range(3):
    loss = criterion(classifier(batch + delta), labels)
    loss.backward()
    print("step", k, "loss", loss.item(), "grad", delta.grad)
    with torch.no_grad():
        delta += ALPHA * delta.grad.sign()
        delta.clamp_(-EPS, EPS)
    delta.grad.zero_()

print("max perturbation", delta.abs().max().item())
