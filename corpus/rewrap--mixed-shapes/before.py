import torch
from torch import nn

torch.manual_seed(52)

# A physics loss whose terms come in different shapes: scalars and one-element vectors.
string = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 1))


def at(x, t):
    return string(torch.cat([x, t], dim=-1))


def interior_term():
    x = torch.rand(20, 1, requires_grad=True)
    t = torch.rand(20, 1)
    u = at(x, t)
    (ux,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    return (ux - torch.cos(3 * x)).square().mean()


def left_end():
    return at(torch.zeros(1), torch.full((1,), 0.5)).square()


def right_end():
    return (at(torch.ones(1), torch.full((1,), 0.5)) - 0.1).square()


weights = torch.as_tensor([1.0, 10.0, 10.0])
opt = torch.optim.Adam(string.parameters(), lr=0.01)
for i in range(3):
    terms = torch.as_tensor([interior_term(), left_end(), right_end()])
    loss = weights @ terms
    opt.zero_grad()
    print(f"{i}: loss {loss.item():.5f} worst term {terms.argmax().item()}")
    loss.backward()
    opt.step()
