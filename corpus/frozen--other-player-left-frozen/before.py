import torch
import torch.nn as nn


def set_trainable(module, flag):
    for p in module.parameters():
        p.requires_grad_(flag)


torch.manual_seed(0)
G = nn.Linear(3, 2)
D = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1))
opt_g = torch.optim.SGD(G.parameters(), lr=0.05)
opt_d = torch.optim.SGD(D.parameters(), lr=0.05)

for it in range(3):
    z = torch.randn(10, 3)
    real = torch.randn(10, 2) * 0.5 + 1

    # generator: the discriminator is held fixed
    set_trainable(D, False)
    opt_g.zero_grad()
    loss_g = -D(G(z)).mean()
    loss_g.backward()
    opt_g.step()

    # discriminator
    opt_d.zero_grad()
    loss_d = torch.relu(1 - D(real)).mean() + torch.relu(1 + D(G(z).detach())).mean()
    loss_d.backward()
    opt_d.step()
    print(it, loss_g.item(), loss_d.item())
