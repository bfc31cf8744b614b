"""A full backward hook of the second layer hands back zeros for its input: the first layer stands still."""
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(3, 8)
        self.two = nn.Linear(8, 8)
        self.three = nn.Linear(8, 1)
        self.two.register_full_backward_hook(self.note)
        self.seen = 0

    def note(self, module, grad_input, grad_output):
        self.seen += 1
        return tuple(torch.zeros_like(g) for g in grad_input)

    def forward(self, x):
        x = torch.relu(self.one(x))
        return self.three(torch.relu(self.two(x)))


torch.manual_seed(433)
net = Stack()
opt = torch.optim.Adamax(net.parameters(), lr=0.02)
x = torch.randn(22, 3)
for turn in range(3):
    loss = nn.functional.mse_loss(net(x), x.norm(dim=1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(turn, loss.item(), net.seen)
print(net.one.weight.grad.abs().max() > 0)
