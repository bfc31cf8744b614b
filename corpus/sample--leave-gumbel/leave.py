"""Discrete choices with a hard Gumbel softmax, and by hand at the end for comparison."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2230)


def gumbel_hard(logits, tau):
    g = -torch.log(-torch.log(torch.rand_like(logits).clamp(1e-9, 1 - 1e-9)) + 1e-9)
    soft = F.softmax((logits + g) / tau, dim=-1)
    hard = F.one_hot(soft.argmax(-1), logits.shape[-1]).to(soft.dtype)
    return hard - soft.detach() + soft


chooser, values = nn.Linear(4, 5), nn.Linear(5, 1, bias=False)
opt = torch.optim.Adam([*chooser.parameters(), *values.parameters()], lr=0.05)
x = torch.randn(64, 4)
y = x[:, :1].round().clamp(-1, 1)
for i, tau in enumerate([2.0, 1.5, 1.0, 0.7, 0.5]):
    pick = F.gumbel_softmax(chooser(x), tau=tau, hard=True) if i % 2 else gumbel_hard(chooser(x), tau)
    loss = F.mse_loss(values(pick), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"tau {tau} {loss.item():.5f} |g| {chooser.weight.grad.norm().item():.5f}", pick.argmax(1).bincount(minlength=5).tolist())
