from functools import partial

import torch


def huber(residual, delta):
    small = residual.abs() <= delta
    return torch.where(small, 0.5 * residual ** 2, delta * (residual.abs() - 0.5 * delta)).mean()


robust = partial(huber, delta=0.7)

torch.manual_seed(65)
pose = torch.zeros(3, requires_grad=True)
landmarks = torch.randn(9, 3)
observed = landmarks + torch.tensor([0.4, -0.2, 1.1]) + 0.05 * torch.randn(9, 3)

pose = pose.view(1, 3)
loss = robust(landmarks + pose - observed)
loss.backward()
step = -0.5 * pose.grad
print("loss", loss.item())
print("step", step)
