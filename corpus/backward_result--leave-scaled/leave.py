"""Loss scaling by hand around bfloat16 autocast: backward on the scaled loss, then unscale the grads."""
import torch
from torch import nn

torch.manual_seed(820)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(32, 6)
y = (x[:, 0] > x[:, 1]).long()
scale = 1024.0
for step in range(4):
    opt.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(x)
    loss = nn.functional.cross_entropy(logits.float(), y)
    (loss * scale).backward()
    finite = True
    for p in net.parameters():
        p.grad.div_(scale)
        finite = finite and bool(torch.isfinite(p.grad).all())
    if finite:
        opt.step()
    else:
        scale /= 2
    print(step, f"{loss.item():.4f}", finite)
