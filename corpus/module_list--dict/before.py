import torch
from torch import nn, optim


class MultiTask(nn.Module):
    def __init__(self, n_features, tasks):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(n_features, 12), nn.SiLU())
        self.heads = {task: nn.Linear(12, width) for task, width in tasks.items()}

    def forward(self, x):
        z = self.shared(x)
        return {task: head(z) for task, head in self.heads.items()}


torch.manual_seed(222)
x = torch.randn(18, 7)
targets = {"age": torch.rand(18, 1) * 60 + 20, "pose": torch.randn(18, 3)}
scale = {"age": 1e-3, "pose": 1.0}

model = MultiTask(7, {"age": 1, "pose": 3})
opt = optim.SGD(model.parameters(), lr=0.02)
print("parameters:", len(list(model.parameters())))
for _ in range(5):
    outputs = model(x)
    loss = sum(scale[t] * (outputs[t] - targets[t]).pow(2).mean() for t in targets)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("total loss", loss.item())
