"""Relative imports: only ``python -m package.inner.relative`` can run it."""
import torch

from ..settings import SCALE

w = torch.ones(2, requires_grad=True)
(w * SCALE).sum().backward()
print(__name__, __package__, w.grad)
