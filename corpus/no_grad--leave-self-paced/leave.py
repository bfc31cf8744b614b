"""Easy samples first: which ones count is decided outside the graph."""
import torch
from torch import nn

torch.manual_seed(77)
x = torch.randn(40, 2)
y = x @ torch.tensor([[1.0], [-2.0]])
y[::8] += 6.0                                  # outliers
model = nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
threshold = 1.0
for r in range(8):
    losses = (model(x) - y).pow(2).squeeze(1)
    with torch.no_grad():
        keep = torch.clamp(1 - losses / (threshold * losses.median()), min=0.05)
    loss = (keep * losses).sum() / keep.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    threshold *= 1.2
    print(r, f"{loss.item():.4f}", int((keep > 0.05).sum()))
