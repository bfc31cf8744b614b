import torch


def make_theta(k, device="cpu", dtype=torch.float64):
    return torch.ones(k, device=device, dtype=dtype, requires_grad=True)


def rosenbrock(t):
    return (100.0 * (t[1:] - t[:-1] ** 2) ** 2 + (1.0 - t[:-1]) ** 2).sum()


theta = make_theta(4)
start = torch.tensor([0.2, -0.1, 0.3, 0.1], dtype=torch.float64)
solver = torch.optim.LBFGS([theta], lr=0.5, max_iter=8)


def closure():
    solver.zero_grad()
    value = rosenbrock(theta - start)
    value.backward()
    return value


print("start", rosenbrock(theta - start).item())
solver.step(closure)
print("end  ", rosenbrock(theta - start).item())
