import torch
from torch import nn

torch.manual_seed(26)


class MultiTask(nn.Module):
    """One trunk, three regression heads, each with its own loss."""

    def __init__(self, names):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(7, 14), nn.Mish())
        self.heads = nn.ModuleDict({name: nn.Linear(14, 1) for name in names})

    def forward(self, x):
        z = self.trunk(x)
        return {name: head(z).squeeze(-1) for name, head in self.heads.items()}


tasks = ["age", "weight", "height"]
x = torch.randn(18, 7)
truth = {name: torch.randn(18) for name in tasks}
importance = torch.tensor([0.5, 0.3, 0.2])

model = MultiTask(tasks)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)

for step in range(3):
    guess = model(x)
    per_task = torch.stack([nn.functional.mse_loss(guess[n], truth[n]) for n in tasks])
    loss = (per_task * importance).sum()
    opt.zero_grad()
    print(f"step {step}", [round(v, 4) for v in per_task.tolist()], f"total {loss.item():.4f}")
    loss.backward()
    opt.step()
