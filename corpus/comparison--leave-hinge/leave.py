"""Support vectors are counted with a comparison; the hinge itself is clamped."""
import torch

torch.manual_seed(1930)
x = torch.cat([torch.randn(20, 2) + 1, torch.randn(20, 2) - 1])
y = torch.cat([torch.ones(20), -torch.ones(20)])
w = torch.zeros(2, requires_grad=True)
b = torch.zeros((), requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1)
for epoch in range(8):
    margin = y * (x @ w + b)
    hinge = (1 - margin).clamp(min=0)
    loss = hinge.mean() + 0.01 * w.dot(w)
    opt.zero_grad()
    loss.backward()
    opt.step()
    active = (margin < 1).sum().item()
    errors = (margin <= 0).float().mean().item()
    if epoch % 2:
        print(f"{loss.item():.5f} active {active} errors {errors:.3f}")
