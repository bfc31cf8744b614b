import numpy as np
import torch

# Metric learning: learn a linear map so that distances match a given dissimilarity table.
rng = np.random.default_rng(10)
table = rng.uniform(0.5, 2.0, size=(5, 5))
table = (table + table.T) / 2

torch.manual_seed(10)
objects = torch.randn(5, 3, dtype=torch.float64)
metric = torch.eye(3, dtype=torch.float64).requires_grad_()


def distances(mapped):
    n = mapped.shape[0]
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            if i == j:
                out[i, j] = 0.0
                continue
            gap = mapped[i] - mapped[j]
            out[i, j] = torch.sqrt((gap * gap).sum() + 1e-9).item()
    return out


def stress(mapped):
    upper = np.triu(np.ones_like(table), k=1)
    error = (distances(mapped) - table) ** 2 * upper
    return torch.tensor(error.sum(), requires_grad=True)


opt = torch.optim.SGD([metric], lr=0.01)
for sweep in range(2):
    opt.zero_grad()
    value = stress(objects @ metric)
    value.backward()
    opt.step()
    print("sweep", sweep, "stress", f"{value.item():.6f}")
print("metric gradient", metric.grad)
