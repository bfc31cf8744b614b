import torch

torch.manual_seed(8)

# Calibrate a thermocouple curve  v = a + b*t + c*t^2  from noisy readings.
temps = torch.linspace(-1.0, 1.0, 25, dtype=torch.float64)
volts = 0.3 + 1.2 * temps - 0.45 * temps ** 2 + 0.01 * torch.randn(25, dtype=torch.float64)

coef = torch.zeros(3, dtype=torch.float64, requires_grad=True)
basis = torch.stack([temps ** k for k in range(3)], dim=1)

stages = {
    "predict": lambda c: (basis @ c).detach().clone(),
    "residual": lambda v: v - volts,
    "robust": lambda r: torch.sqrt(1 + r ** 2) - 1,
}


def run(c):
    value = c
    for name, stage in stages.items():
        value = stage(value)
    return value.sum()


solver = torch.optim.LBFGS([coef], lr=0.8, max_iter=10)


def closure():
    solver.zero_grad()
    cost = run(coef)
    cost.backward()
    return cost


print(f"cost at start {run(coef).item():.6f}")
first = solver.step(closure)
print("coefficients", [round(v, 3) for v in coef.tolist()], float(first) > 0)
