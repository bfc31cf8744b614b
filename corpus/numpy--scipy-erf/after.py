import torch

torch.manual_seed(90)

# Probit regression by hand: P(y=1|x) = Phi(w.x + b)
x = torch.randn(45, 3, dtype=torch.float64)
y = (x @ torch.tensor([1.0, -0.5, 0.25], dtype=torch.float64) > 0.1).double()

w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
b = torch.zeros((), dtype=torch.float64, requires_grad=True)


def normal_cdf(z):
    return 0.5 * (1 + torch.erf(z / 2 ** 0.5))


def loss_of(w, b):
    prob = normal_cdf(x @ w + b)
    prob = prob.clamp(1e-6, 1 - 1e-6)
    return -(y * prob.log() + (1 - y) * (1 - prob).log()).mean()


loss = loss_of(w, b)
print("loss", round(loss.item(), 6))
grad_w, grad_b = torch.autograd.grad(loss, (w, b))
print("grad", grad_w.numpy().round(4), round(grad_b.item(), 4))

with torch.no_grad():
    w -= 0.5 * grad_w
    b -= 0.5 * grad_b
print("after one step", round(loss_of(w, b).item(), 6))
