"""The optimizer holds what is meant to learn, in groups with their own rates."""
import torch
from torch import nn

torch.manual_seed(1200)
model = nn.ModuleDict(
    {"embed": nn.Embedding(12, 5), "mix": nn.Linear(5, 5), "norm": nn.LayerNorm(5), "out": nn.Linear(5, 12)}
)
decay, plain = [], []
for name, p in model.named_parameters():
    (plain if p.ndim == 1 or name.startswith("embed") else decay).append(p)
opt = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0, "lr": 0.05}], lr=0.02
)
schedule = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=[0.05, 0.1], total_steps=6)
ids = torch.arange(12)
for step in range(5):
    h = model["norm"](torch.relu(model["mix"](model["embed"](ids))))
    loss = nn.functional.cross_entropy(model["out"](h), (ids + 1) % 12)
    opt.zero_grad()
    loss.backward()
    opt.step()
    schedule.step()
    print(step, f"{loss.item():.5f}", [f"{v:.4f}" for v in schedule.get_last_lr()])
print(len(decay) + len(plain) == len(list(model.parameters())))
