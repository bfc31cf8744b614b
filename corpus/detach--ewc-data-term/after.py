import torch
import torch.nn as nn
import torch.nn.functional as F


class EWC:
    def __init__(self, model, data, weight=50.0):
        self.weight = weight
        self.star = {n: p.detach().clone() for n, p in model.named_parameters()}
        self.fisher = self._fisher(model, *data)

    def _fisher(self, model, x, y):
        model.zero_grad()
        F.cross_entropy(model(x), y).backward()
        return {n: p.grad.detach().clone() ** 2 for n, p in model.named_parameters()}

    def penalty(self, model):
        out = 0
        for n, p in model.named_parameters():
            out = out + (self.fisher[n] * (p - self.star[n]) ** 2).sum()
        return self.weight * out


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
task_a = (torch.randn(20, 4), torch.randint(3, (20,)))
task_b = (torch.randn(20, 4) + 1, torch.randint(3, (20,)))
ewc = EWC(model, task_a)
with torch.no_grad():
    for p in model.parameters():
        p.add_(0.1 * torch.randn_like(p))
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for it in range(3):
    opt.zero_grad()
    loss = F.cross_entropy(model(task_b[0]), task_b[1]) + ewc.penalty(model)
    loss.backward()
    opt.step()
    print(it, loss.item(), model[0].weight.grad.norm().item())
