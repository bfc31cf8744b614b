import torch
import torch.nn as nn

torch.manual_seed(0)
v = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(v.parameters(), 0.05)
s = torch.randn(2)
for t in range(4):
    s2 = 0.9 * s + 0.1 * torch.randn(2)
    r = -s2.norm()
    td = r + 0.95 * v(s2).detach() - v(s)
    loss = td.pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    s = s2
    print(t, loss.item(), float(td))
