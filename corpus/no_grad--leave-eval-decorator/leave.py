import torch
from torch import nn


@torch.no_grad()
def score(model, x, y):
    model.eval()
    out = model(x)
    loss = nn.functional.binary_cross_entropy_with_logits(out, y)
    model.train()
    return loss.item(), ((out > 0) == (y > 0.5)).float().mean().item()


@torch.inference_mode()
def embed(model, x):
    return model[:2](x).norm(dim=1).mean().item()


def train_epoch(model, opt, x, y):
    loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    return loss.item()


torch.manual_seed(35)
x = torch.randn(48, 3)
y = (x.prod(dim=1, keepdim=True) > 0).float()
model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.BatchNorm1d(16), nn.Linear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.03)
for epoch in range(4):
    a = train_epoch(model, opt, x, y)
    b, acc = score(model, x, y)
    print(f"{epoch}: train {a:.4f} eval {b:.4f} acc {acc:.3f} |h| {embed(model, x):.3f}")
