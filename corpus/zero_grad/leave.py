"""zero_grad in each of its usual places."""
import torch
from torch import nn

torch.manual_seed(1500)
x = torch.randn(20, 3)
y = x.sum(1, keepdim=True)


def at_the_start(model, opt):
    opt.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    opt.step()
    return loss.item()


def before_backward(model, opt):
    loss = (model(x) - y).pow(2).mean()
    model.zero_grad(set_to_none=False)
    loss.backward()
    opt.step()
    return loss.item()


def after_the_step(model, opt):
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    opt.step()
    opt.zero_grad()
    return loss.item()


for recipe in (at_the_start, before_backward, after_the_step):
    torch.manual_seed(1)
    model = nn.Linear(3, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    print(recipe.__name__, [round(recipe(model, opt), 5) for _ in range(3)])
