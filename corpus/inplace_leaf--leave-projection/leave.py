"""Projected gradient: after each step the atoms go back to the unit sphere, the codes to x >= 0."""
import torch

torch.manual_seed(430)
data = torch.rand(20, 6)
atoms = torch.randn(4, 6).requires_grad_()
codes = torch.rand(20, 4).requires_grad_()
opt = torch.optim.SGD([atoms, codes], lr=0.2)


def project_():
    with torch.no_grad():
        atoms.div_(atoms.norm(dim=1, keepdim=True).clamp_min(1e-6))
        codes[codes < 0] = 0.0


project_()
for i in range(30):
    opt.zero_grad()
    loss = (codes @ atoms - data).pow(2).sum(1).mean() + 0.01 * codes.abs().mean()
    loss.backward()
    opt.step()
    project_()
    if i % 10 == 0:
        print(i, f"{loss.item():.5f}")
print(atoms.norm(dim=1).tolist(), bool((codes >= 0).all()))
