import torch
import torch.nn.functional as F
from torch.nn import Module, init


def glorot(*shape):
    w = torch.empty(*shape)
    init.xavier_uniform_(w)
    return w


class DeepSet(Module):
    sizes = (5, 12, 12)

    def __init__(self):
        super().__init__()
        for i, (a, b) in enumerate(zip(self.sizes, self.sizes[1:])):
            setattr(self, f"w{i}", torch.nn.Parameter(glorot(b, a)))
        self.rho = torch.nn.Linear(self.sizes[-1], 1)

    def forward(self, sets):
        h = sets
        for i in range(len(self.sizes) - 1):
            h = F.silu(F.linear(h, getattr(self, f"w{i}")))
        return self.rho(h.sum(dim=1)).squeeze(1)


torch.manual_seed(77)
sets = torch.randn(8, 6, 5)
target = sets.mean(dim=(1, 2))
model = DeepSet()
opt = torch.optim.RMSprop(model.parameters(), lr=1e-3)
for _ in range(5):
    opt.zero_grad()
    loss = F.smooth_l1_loss(model(sets), target)
    loss.backward()
    opt.step()
print(loss.item(), model.w0.grad, model.w1.grad)
