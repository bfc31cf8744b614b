import torch


class LogisticMap:
    """Estimate growth rate and start value from a noisy orbit."""

    def __init__(self, r, x0):
        self.r = torch.tensor(r, requires_grad=True)
        self.x0 = torch.tensor(x0, requires_grad=True)

    def orbit(self, n):
        x, xs = self.x0, []
        for _ in range(n):
            x = self.r * x * (1 - x)
            xs.append(x)
        return torch.stack(xs)

    def update(self, observed, lr):
        loss = (self.orbit(len(observed)) - observed).square().sum()
        g_r, g_x0 = torch.autograd.grad(loss, (self.r, self.x0))
        with torch.no_grad():
            self.r -= lr * g_r
            self.x0 -= lr * g_x0
        return loss.item()


truth = LogisticMap(1.8, 0.12)
observed = truth.orbit(6).detach()
model = LogisticMap(1.5, 0.2)
for k in range(6):
    print(k, model.update(observed, lr=0.2))
print("r =", model.r.item())
