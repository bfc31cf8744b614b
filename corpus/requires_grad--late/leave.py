import torch
from torch import nn

torch.manual_seed(209)
body, head = nn.Linear(5, 6), nn.Linear(6, 2)
for p in body.parameters():
    p.requires_grad = False
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
x, y = torch.randn(20, 5), torch.randint(0, 2, (20,))
for epoch in range(4):
    if epoch == 2:
        for p in body.parameters():
            p.requires_grad = True
    loss = nn.functional.cross_entropy(head(torch.relu(body(x))), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.4f}", all(p.requires_grad for p in body.parameters()))
