import torch
import torch.nn as nn


def total_variation(img):
    a = img
    return torch.abs(torch.diff(a, dim=-1)).mean() + torch.abs(torch.diff(a, dim=-2)).mean()


torch.manual_seed(0)
noisy = torch.rand(1, 1, 8, 8)
net = nn.Conv2d(1, 1, 3, padding=1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for i in range(3):
    opt.zero_grad()
    out = net(noisy)
    fidelity = (out - noisy).pow(2).mean()
    loss = fidelity + 0.3 * total_variation(out)
    loss.backward()
    opt.step()
    print(i, fidelity.item(), loss.item())
