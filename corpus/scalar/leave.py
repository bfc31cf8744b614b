"""Running totals for the console are Python numbers; the loss itself stays a tensor."""
import torch
from torch import nn

torch.manual_seed(100)
model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.5)
criterion = nn.CrossEntropyLoss()
x = torch.randn(60, 4)
y = (x.sum(1) > 0).long()

for epoch in range(3):
    total, seen, hits = 0.0, 0, 0
    for i in range(0, 60, 15):
        xb, yb = x[i : i + 15], y[i : i + 15]
        out = model(xb)
        loss = criterion(out, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(xb)
        hits += int((out.argmax(1) == yb).sum())
        seen += len(xb)
    print(f"epoch {epoch}: loss {total / seen:.4f} accuracy {hits / seen:.3f}")
