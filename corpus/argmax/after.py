import torch
from torch import nn

torch.manual_seed(23)

model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
x = torch.randn(30, 4)
y = torch.randint(0, 3, (30,))

for epoch in range(4):
    logits = model(x)
    loss = nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
