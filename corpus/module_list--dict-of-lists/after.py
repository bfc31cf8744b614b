import torch
import torch.nn as nn


class MultiTask(nn.Module):
    TASKS = {"age": 1, "sex": 2}

    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(7, 10)
        self.heads = nn.ModuleDict()
        for task, width in self.TASKS.items():
            self.heads[task] = nn.ModuleList([nn.Linear(10, 6), nn.Linear(6, width)])

    def forward(self, x):
        h = torch.relu(self.trunk(x))
        out = {}
        for task, (hidden, last) in self.heads.items():
            out[task] = last(torch.relu(hidden(h)))
        return out


torch.manual_seed(25)
model = MultiTask()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
x = torch.randn(24, 7)
age, sex = torch.rand(24, 1), torch.randint(0, 2, (24,))
for epoch in range(3):
    opt.zero_grad()
    out = model(x)
    losses = {"age": nn.functional.mse_loss(out["age"], age), "sex": nn.functional.cross_entropy(out["sex"], sex)}
    total = sum(losses.values())
    total.backward()
    opt.step()
    print(epoch, {k: round(v.item(), 4) for k, v in losses.items()})
