import numpy as np
import torch

rng = np.random.default_rng(44)
returns = rng.normal([0.05, 0.03, 0.08], [0.02, 0.01, 0.06], size=(200, 3))
mean = torch.from_numpy(returns.mean(axis=0))
cov = torch.from_numpy(np.cov(returns.T))


class Portfolio:
    def __init__(self, n, risk_aversion):
        self.raw = torch.zeros(n).double().requires_grad_()
        self.risk_aversion = risk_aversion

    @property
    def weights(self):
        return torch.softmax(self.raw, dim=0)

    def utility(self):
        w = self.weights
        return w @ mean - self.risk_aversion * (w @ cov @ w)

    def ascend(self, lr):
        value = self.utility()
        value.backward()
        with torch.no_grad():
            self.raw += lr * self.raw.grad
        self.raw.grad.zero_()
        return value.item()


p = Portfolio(3, risk_aversion=4.0)
for _ in range(5):
    print("utility", p.ascend(lr=5.0))
print("weights", p.weights.tolist())
