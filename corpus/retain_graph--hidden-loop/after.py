import torch
from torch import nn

torch.manual_seed(132)
gru = nn.GRU(2, 5)
head = nn.Linear(5, 1)
opt = torch.optim.SGD([*gru.parameters(), *head.parameters()], lr=0.05)
x = torch.randn(30, 4, 2)
y = x.sum(-1, keepdim=True).cumsum(0)
hidden = torch.zeros(1, 4, 5)
for chunk_x, chunk_y in zip(x.split(10), y.split(10)):
    out, hidden = gru(chunk_x, hidden.detach())
    loss = nn.functional.l1_loss(head(out), chunk_y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(round(loss.item(), 5))
