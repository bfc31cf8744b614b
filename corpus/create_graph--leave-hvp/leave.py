"""Newton-CG: Hessian-vector products from two sweeps; the final direction carries no graph."""
import torch


def loss_fn(w, x, y):
    return torch.nn.functional.softplus(-y * (x @ w)).mean() + 0.05 * w.pow(2).sum()


def hvp(loss_grad, w, v):
    return torch.autograd.grad(loss_grad @ v, w, retain_graph=True)[0]


def conjugate_gradient(product, b, rounds=4):
    x, r = torch.zeros_like(b), b.clone()
    p, rr = r.clone(), b @ b
    for _ in range(rounds):
        hp = product(p)
        a = rr / (p @ hp)
        x, r = x + a * p, r - a * hp
        rr, old = r @ r, rr
        p = r + rr / old * p
    return x


torch.manual_seed(1420)
x = torch.randn(50, 4)
y = torch.sign(x[:, 0] - 0.5 * x[:, 1] + 0.1)
w = torch.zeros(4, requires_grad=True)
for k in range(4):
    loss = loss_fn(w, x, y)
    g = torch.autograd.grad(loss, w, create_graph=True)[0]
    step = conjugate_gradient(lambda v: hvp(g, w, v), -g.detach())
    with torch.no_grad():
        w += step
    print(k, f"{loss.item():.6f} |g| {g.norm().item():.2e}")
