"""Per-layer gradient norms, parameter norms and an exponential average, all printed, none used in the loss."""
import torch
from torch import nn

torch.manual_seed(80)
net = nn.Sequential(nn.Linear(3, 9), nn.ELU(), nn.Linear(9, 9), nn.ELU(), nn.Linear(9, 1))
opt = torch.optim.NAdam(net.parameters(), lr=5e-3)
x = torch.randn(20, 3)
y = (x[:, :1] * x[:, 1:2]).tanh()
smooth = None
for step in range(4):
    loss = nn.functional.huber_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    norms = {n: p.grad.norm().item() for n, p in net.named_parameters() if n.endswith("weight")}
    opt.step()
    now = loss.item()
    smooth = now if smooth is None else 0.8 * smooth + 0.2 * now
    print(step, f"{smooth:.5f}", " ".join(f"{n}={v:.4f}" for n, v in norms.items()))
