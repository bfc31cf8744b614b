import torch
import torch.nn.functional as F


def simplex_step(alpha, optimizer, models, target):
    optimizer.zero_grad()
    blended = (alpha[:, None] * models).sum(0)
    loss = F.mse_loss(blended, target)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        alpha.clamp_(min=0.0)
    return loss.item()


torch.manual_seed(9)
models = torch.randn(3, 50)
target = 0.8 * models[0] + 0.2 * models[2]
alpha = torch.full((3,), 1 / 3, requires_grad=True)
optimizer = torch.optim.SGD([alpha], lr=0.3)

for i in range(5):
    print(i, simplex_step(alpha, optimizer, models, target))
print("weights", alpha.data)
print("gradient", alpha.grad)
