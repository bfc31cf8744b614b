"""A gradient in a few numbers: enough to compare two runs and to take a directional derivative.

The numbers come from numpy, whatever the framework.
"""

from __future__ import annotations

import math
import re
import zlib

FEW = 32
PROJECTIONS = 6
LARGE = 200_000
WIDE = 512


def canonical(name: str) -> str:
    """``layers[0].weight`` and ``layers.0.weight`` are one tensor, before and after a list became a ModuleList."""
    return re.sub(r"\[['\"]?([^\]'\"]+)['\"]?\]", r".\1", name)


def along(numpy, shape: tuple, name: str, number: int):
    """A fixed pseudo-random direction (float64, elements of ±0.5 to ±1.5), known by the tensor's name."""
    random = numpy.random.Generator(numpy.random.PCG64(zlib.crc32(f"{canonical(name)}/{number}".encode())))
    values = random.random(shape)
    return values + 0.5 - 2.0 * (random.random(shape) < 0.5) * (values + 0.5)


def numbers(numpy, values, name: str) -> dict:
    """Shape, norm, number of zeros, first values and projections of an array (float64).

    ``projections[0]`` is the derivative along ``along(shape, name, 0)``.
    """
    flat = values.reshape(-1)
    count = 4 if flat.size > LARGE else PROJECTIONS
    return {
        "shape": list(values.shape),
        "norm": math.sqrt(float(flat @ flat)) if flat.size else 0.0,
        "zeros": int(flat.size - numpy.count_nonzero(flat)),
        "dead": [_dead(numpy, values, axis) for axis in (0, -1)[: values.ndim]],
        "count": flat.size,
        "finite": bool(numpy.isfinite(flat).all()),
        "first": flat[:FEW].tolist(),
        "projections": [float(flat @ along(numpy, values.shape, name, k).reshape(-1)) for k in range(count)],
    }


def _dead(numpy, values, axis: int) -> list[int]:
    """The slices along an axis that are all zero, where others are not."""
    long = values.shape[axis]
    if not 1 < long <= WIDE:
        return []
    zero = (numpy.moveaxis(values, axis, 0).reshape(long, -1) == 0).all(1)
    return [] if zero.all() else numpy.flatnonzero(zero).tolist()


# -- torch's tensors ------------------------------------------------------------------------------


def direction(torch, tensor, name: str, number: int):
    """``along`` as a tensor. Call it where torch's functions are not watched."""
    import numpy

    shape = (*tensor.shape, 2) if tensor.is_complex() else tuple(tensor.shape)  # as ``sketch`` sees it
    made = along(numpy, shape, name, number)
    if not made.size:
        return torch.zeros(tuple(tensor.shape), dtype=torch.float64)
    values = torch.frombuffer(made.reshape(-1), dtype=torch.float64).reshape(shape)
    return torch.view_as_complex(values) if tensor.is_complex() else values


def sketch(torch, grad, name: str) -> dict | None:
    """The numbers of a torch tensor; ``None`` for no gradient."""
    if grad is None:
        return None
    import numpy

    with torch._C.DisableTorchFunction(), torch.no_grad():
        grad = grad.detach()
        if grad.is_sparse:
            grad = grad.to_dense()
        real = torch.view_as_real(grad) if grad.is_complex() else grad
        values = real.to("cpu", torch.float64).resolve_conj().resolve_neg().contiguous().numpy()
        return {**numbers(numpy, values, name), "shape": list(grad.shape)}
