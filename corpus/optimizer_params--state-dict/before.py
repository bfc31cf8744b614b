import torch
import torch.nn as nn


def build_optimizer(model, lr, decay):
    decayed, plain = [], []
    for name, tensor in model.state_dict().items():
        (plain if name.endswith("bias") else decayed).append(tensor)
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}],
        lr=lr,
    )


torch.manual_seed(94)
model = nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.Linear(9, 1))
optimizer = build_optimizer(model, lr=0.01, decay=0.05)
x = torch.rand(40, 3)
y = x.max(dim=1, keepdim=True).values

for epoch in range(5):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch}: {loss.item():.6f}")
