import numpy as np
import torch

rng = np.random.RandomState(2)
X = np.sort(rng.uniform(0, 5, size=14))
y = np.sin(1.5 * X) + 0.1 * rng.randn(14)

log_length = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
log_scale = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
log_noise = torch.tensor(-2.0, dtype=torch.float64, requires_grad=True)
hyper = [log_length, log_scale, log_noise]


def evidence(length, scale, noise):
    """Negative log marginal likelihood of a zero-mean GP with an RBF kernel."""
    sq = torch.from_numpy(np.subtract.outer(X, X) ** 2)
    obs = torch.from_numpy(y)
    K = scale ** 2 * torch.exp(-0.5 * sq / length ** 2) + noise ** 2 * torch.eye(len(X), dtype=torch.float64)
    alpha = torch.linalg.solve(K, obs)
    sign, logdet = torch.linalg.slogdet(K)
    return 0.5 * (obs @ alpha) + 0.5 * logdet + 0.5 * len(X) * np.log(2 * np.pi)


opt = torch.optim.Adam(hyper, lr=0.05)
for it in range(3):
    opt.zero_grad()
    nll = evidence(*(h.exp() for h in hyper))
    print(f"it {it} nll {nll:.5f}")
    nll.backward()
    opt.step()
print([h.grad for h in hyper])
