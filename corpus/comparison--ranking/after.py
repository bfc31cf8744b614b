import torch
from torch import nn

torch.manual_seed(57)

user = nn.Embedding(6, 4)
item = nn.Embedding(12, 4)
opt = torch.optim.Adagrad([*user.parameters(), *item.parameters()], lr=0.1)

u = torch.randint(0, 6, (50,))
liked = torch.randint(0, 12, (50,))
other = (liked + torch.randint(1, 12, (50,))) % 12


def score(users, items):
    return (user(users) * item(items)).sum(-1)


for epoch in range(4):
    # fraction of pairs in the wrong order
    wrong = torch.sigmoid(10.0 * (score(u, other) - score(u, liked)))
    loss = wrong.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
