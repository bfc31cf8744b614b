import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.Adam(net.parameters(), 1e-2)
x, y = torch.randn(12, 4), torch.randn(12, 1)
for i in range(3):
    out = net(x)
    true = ((out > 0) == (y > 0)).float().mean()           # what we report
    surrogate = nn.functional.softplus(-out * y.sign()).mean()
    loss = surrogate + (1 - true - surrogate).detach()      # value of one, gradient of the other
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
