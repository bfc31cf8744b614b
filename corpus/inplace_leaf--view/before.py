import torch
import torch.nn as nn

torch.manual_seed(14)
N_SPECIAL = 2

table = nn.Parameter(torch.randn(7, 4))
head = nn.Linear(4, 7)
ids = torch.tensor([0, 3, 1, 6, 2])
nxt = torch.tensor([3, 1, 6, 2, 5])

special = table[:N_SPECIAL]
special += 0.5

loss = nn.functional.cross_entropy(head(table[ids]), nxt)
loss.backward()
print("loss", loss.item())
print("special rows", table.grad[:N_SPECIAL])
print("other rows", table.grad[N_SPECIAL:])
