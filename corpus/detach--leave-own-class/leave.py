"""A simulation whose classes happen to have detach, numpy, item and grad; then a real tensor fit."""
import torch


class Stage:
    """A rocket stage. Its methods share names with tensor methods and nothing else."""

    def __init__(self, mass, thrust):
        self.mass, self.thrust, self.attached = mass, thrust, True

    def detach(self):
        self.attached = False
        return self

    def item(self):
        return self.mass

    @property
    def grad(self):
        return self.thrust / self.mass


class Rocket:
    def __init__(self, *stages):
        self.stages = list(stages)

    def numpy(self):
        return [s.item() for s in self.stages if s.attached]

    def backward(self):
        return self.stages.pop().detach()


rocket = Rocket(Stage(10.0, 200.0), Stage(40.0, 900.0))
lost = rocket.backward()
print(rocket.numpy(), lost.attached, lost.grad)

target = torch.tensor([sum(rocket.numpy()), rocket.stages[0].grad])
guess = torch.zeros(2, requires_grad=True)
opt = torch.optim.SGD([guess], lr=0.4)
for _ in range(4):
    loss = (guess - target).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}", guess.grad.tolist())
