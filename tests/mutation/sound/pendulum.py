"""Estimate a pendulum's length, damping and release angle from a recorded swing."""
import torch


def swing(angle, length, damping, steps, dt=0.05):
    speed = torch.zeros(())
    record = []
    for _ in range(steps):
        pull = -9.81 / length * torch.sin(angle)
        speed = speed + dt * (pull - damping * speed)
        angle = angle + dt * speed
        record.append(angle)
    path = torch.stack(record)
    return path


torch.manual_seed(19)
recorded = swing(torch.tensor(0.6), torch.tensor(1.2), torch.tensor(0.3), 30)
recorded = recorded + 0.01 * torch.randn(30)

length = torch.tensor(1.0, requires_grad=True)
damping = torch.tensor(0.1, requires_grad=True)
release = torch.tensor(0.5, requires_grad=True)

for step in range(3):
    path = swing(release, length, damping, 30)
    misfit = path - recorded
    loss = (misfit ** 2).mean()
    loss.backward()
    print("loss", loss.item())
    print("gradients", length.grad.item(), damping.grad.item(), release.grad.item())
    with torch.no_grad():
        for leaf in (length, damping, release):
            leaf -= 0.2 * leaf.grad
            leaf.grad.zero_()
print("length", length.item(), "damping", damping.item(), "release", release.item())
