"""Constants have no gradient and need none; the two unknowns do."""
import torch

GRAVITY = torch.tensor(9.81)
times = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
heights = torch.tensor([2.44, 2.79, 3.04, 3.20, 3.26, 3.22])
weights = torch.ones(6)
weights[0] = 0.5

h0 = torch.tensor(1.0, requires_grad=True)
v0 = torch.tensor(0.0, requires_grad=True)
opt = torch.optim.Adam([h0, v0], lr=0.2)

for step in range(60):
    predicted = h0 + v0 * times - 0.5 * GRAVITY * times**2
    loss = (weights * (predicted - heights) ** 2).sum() / weights.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 0:
        print(f"{loss.item():.5f} dh0 {h0.grad.item():+.4f} dv0 {v0.grad.item():+.4f}")
print(GRAVITY.requires_grad, times.grad, round(h0.item(), 2), round(v0.item(), 2))
