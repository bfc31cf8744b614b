"""Hamiltonian Monte Carlo: each gradient is taken at a fresh leaf, acceptance is a comparison."""
import torch


def log_density(q):
    return -0.5 * (q[0] ** 2 / 0.5 + (q[1] - 0.3 * q[0] ** 2) ** 2)


def gradient(q):
    q = q.detach().requires_grad_()
    return torch.autograd.grad(log_density(q), q)[0]


def leapfrog(q, p, eps, steps):
    p = p + 0.5 * eps * gradient(q)
    for i in range(steps):
        q = q + eps * p
        if i < steps - 1:
            p = p + eps * gradient(q)
    return q, -(p + 0.5 * eps * gradient(q))


torch.manual_seed(3090)
q, kept, accepted = torch.zeros(2), [], 0
for _ in range(60):
    p = torch.randn(2)
    q_new, p_new = leapfrog(q, p, 0.2, 5)
    log_ratio = log_density(q_new) - log_density(q) - 0.5 * (p_new.dot(p_new) - p.dot(p))
    if torch.log(torch.rand(())) < log_ratio:
        q, accepted = q_new, accepted + 1
    kept.append(q)
draws = torch.stack(kept)
print("accepted", accepted, "mean", [round(v, 3) for v in draws.mean(0).tolist()])
