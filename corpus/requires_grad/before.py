import torch

torch.manual_seed(17)

# tensile test: stress (MPa) against strain (%)
strain = torch.linspace(0.1, 2.0, 24)
stress = 71.5 * strain + 3.0 + torch.randn(24)

modulus = torch.tensor(50.0)
offset = torch.zeros(1)
lr = 0.05

for epoch in range(40):
    predicted = modulus * strain + offset
    loss = (predicted - stress).square().mean()
    loss.backward()
    with torch.no_grad():
        modulus -= lr * modulus.grad
        offset -= lr * offset.grad
        modulus.grad = None
        offset.grad = None

print(f"E = {modulus.item():.2f}, offset = {offset.item():.2f}")
