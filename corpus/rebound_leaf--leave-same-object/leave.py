"""Conversions that convert nothing return the leaf itself."""
import torch

device = torch.device("cpu")
w = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
w = w.to(device)
w = w.float()
w = w.contiguous()

loss = (w.exp() - 1).pow(2).sum()
loss.backward()
print(w.is_leaf, w.grad)

m = torch.randn(2, 3, generator=torch.Generator().manual_seed(1)).double()
m = m.view(3, 2).requires_grad_()
torch.linalg.norm(m @ m.T).backward()
print(m.is_leaf, tuple(m.grad.shape), f"{m.grad.sum().item():.5f}")
