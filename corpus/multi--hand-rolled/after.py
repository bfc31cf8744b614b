import numpy as np
import torch

rng = np.random.default_rng(96)
t = np.linspace(0.0, 5.0, 30)
current = 4.0 * np.exp(-t / 1.7) + rng.normal(0, 0.05, 30)

time = torch.from_numpy(t)
measured = torch.from_numpy(current)
amplitude = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
tau = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
rate = 0.1

for step in range(8):
    model = amplitude * torch.exp(-time / tau)
    loss = torch.mean((model - measured) ** 2)
    loss.backward()
    with torch.no_grad():
        amplitude -= rate * amplitude.grad
        tau -= rate * tau.grad
    amplitude.grad = None
    tau.grad = None
    print(f"step {step}: loss {loss.item():.6f}")

print("amplitude", amplitude.item(), "tau", tau.item())
