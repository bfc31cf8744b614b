"""A gradient in a few numbers: enough to compare two runs and to take a directional derivative."""

from __future__ import annotations

import re
import zlib

FEW = 32
PROJECTIONS = 6
LARGE = 200_000


def canonical(name: str) -> str:
    """``layers[0].weight`` and ``layers.0.weight`` are one tensor, before and after a list became a ModuleList."""
    return re.sub(r"\[['\"]?([^\]'\"]+)['\"]?\]", r".\1", name)


def direction(torch, tensor, name: str, number: int):
    """A fixed pseudo-random direction of ±1 (float64, the tensor's shape), known by the tensor's name."""
    generator = torch.Generator()
    generator.manual_seed(zlib.crc32(f"{canonical(name)}/{number}".encode()))
    sign = torch.randint(0, 2, tuple(tensor.shape), generator=generator, dtype=torch.int8)
    magnitude = torch.rand(tuple(tensor.shape), generator=generator, dtype=torch.float64) + 0.5
    return (sign * 2 - 1) * magnitude


def sketch(torch, grad, name: str) -> dict | None:
    """``None`` for no gradient; else shape, norm, number of zeros, first values and projections.

    ``projections[0]`` is the derivative along ``direction(name, 0)``.
    """
    if grad is None:
        return None
    with torch._C.DisableTorchFunction(), torch.no_grad():
        grad = grad.detach()
        if grad.is_sparse:
            grad = grad.to_dense()
        real = torch.view_as_real(grad) if grad.is_complex() else grad
        flat = real.to("cpu", torch.float64)
        count = 1 if flat.numel() > LARGE else PROJECTIONS
        return {
            "shape": list(grad.shape),
            "norm": float(flat.norm()),
            "zeros": int((flat == 0).sum()),
            "count": flat.numel(),
            "finite": bool(torch.isfinite(flat).all()),
            "first": flat.flatten()[:FEW].tolist(),
            "projections": [float((flat * direction(torch, flat, name, k)).sum()) for k in range(count)],
        }
