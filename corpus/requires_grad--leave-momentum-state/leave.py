"""Adam by hand: the moments are state, not parameters."""
import torch


class HandAdam:
    def __init__(self, params, lr=0.05, betas=(0.9, 0.99)):
        self.params, self.lr, self.betas, self.t = list(params), lr, betas, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for p, m, v in zip(self.params, self.m, self.v):
            m.lerp_(p.grad, 1 - b1)
            v.mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
            p.sub_(self.lr * (m / (1 - b1**self.t)) / ((v / (1 - b2**self.t)).sqrt() + 1e-8))
            p.grad = None


torch.manual_seed(240)
layer = torch.nn.Linear(3, 2)
x = torch.randn(16, 3)
y = torch.stack([x[:, 0] - x[:, 1], x[:, 2] * 2], dim=1)
adam = HandAdam(layer.parameters())
for k in range(12):
    loss = (layer(x) - y).abs().mean()
    loss.backward()
    adam.step()
    if k % 4 == 0:
        print(k, f"{loss.item():.5f}")
