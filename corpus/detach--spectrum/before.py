"""Phase retrieval: find a complex field whose spectrum has the measured power."""
import torch

torch.manual_seed(12)
field = torch.randn(6, dtype=torch.complex64, requires_grad=True)
measured = torch.rand(6) * 4

for step in range(3):
    spectrum = torch.fft.fft(field).detach()
    loss = ((spectrum.abs() ** 2 - measured) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        field -= 1e-3 * field.grad
    field.grad = None
    print(step, f"{loss.item():.4f}")
