"""numpy, math and scipy: what leaves the framework."""

from __future__ import annotations

import math

from autofix import effects
from autofix.find.flow import calls, factories, library, methods, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    EAGER,
    Bound,
    Const,
    Datum,
    Func,
    Partial,
    Seq,
    opaque,
    plain,
)


def numpy_call(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if m.tensorflow and name.startswith("numpy.random."):
        from autofix.find.flow import tf_numpy

        return tf_numpy.random(m, short, args, kwargs)
    if library.inert(name) or short in effects.NUMPY_FACTS:
        if short in ("zeros_like", "ones_like"):
            return Datum("array", site=m.site())
        return plain() if short not in ("float32", "float64") else computed(m, name, args, kwargs)
    operands = [*args, *kwargs.values()]
    calls.call_back(m, operands)
    inputs = tensors.carriers(operands)
    ufunc = short in effects.UFUNCS and name.count(".") == 1
    for value in args:
        alive = [d for d in tensors.carriers([value]) if d.kind == "tensor" and d.sure]
        if alive and (ufunc and type(value) is Datum or type(value) is Seq or short in ("where", "dot", "stack", "array", "asarray")):
            op = "torch.Tensor.__array__" if ufunc else name
            tensors.fail(m, op, "RuntimeError", methods.TO_NUMPY, alive[0].data)
    if any(d.kind == "tensor" for d in args if type(d) is Datum) and not ufunc and short in ("squeeze", "mean", "sum", "max", "min", "prod", "std", "var", "reshape", "transpose", "clip"):
        given = args[0]
        if type(given) is Datum and given.kind == "tensor":
            return Datum("opaque", given.data, 0, given.live, given.cuts, True, site=m.site())
    if any(d.kind == "opaque" and d.hidden for d in inputs) and short in ("squeeze", "mean", "sum", "max", "min", "prod", "std", "var", "reshape", "transpose", "clip"):
        return m.unknown(operands)
    wrapped = [d for d in args if type(d) is Datum and d.kind == "tensor"]
    if ufunc and wrapped and not any(tensors.is_live(d) for d in wrapped):
        return tensors.apply(m, "torch.Tensor.__array_wrap__", inputs, operands=operands)
    if short in ("array", "asarray") and not inputs:
        return Datum("array", floating=factories.items_floating(args[0] if args else plain(), kwargs))
    if any(d.kind in EAGER for d in inputs):
        name = f"numpy.{effects.SAME_UFUNC.get(short, short)}" if ufunc else name
        return tensors.off_graph(m, name, inputs, "array", operands)
    return tensors.off_graph(m, "torch.Tensor.__array__" if ufunc and any(d.kind in tensors.CARRYING and d.data for d in inputs) else name, inputs, "array", operands)


def computed(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if name.startswith("math.") and args and all(type(a) is Const for a in args):
        try:
            return Const(getattr(math, short)(*(a.value for a in args)))
        except (TypeError, ValueError, AttributeError, OverflowError):
            return Datum("number")
    values = [*args, *kwargs.values()]
    if any(type(v) in (Func, Bound, Partial) for v in values) or not name.startswith(("math.", "statistics.", "scipy.special.", "numpy.", "cmath.")) and any(tensors.is_live(d) for d in tensors.carriers(values)):
        calls.call_back(m, values)
        m.escape(values)
    wrapped = [v for v in values if type(v) is Datum and v.kind == "tensor"]
    if name.startswith("scipy.special.") and wrapped and not any(tensors.is_live(d) for d in wrapped):
        return tensors.apply(m, "torch.Tensor.__array_wrap__", tensors.carriers(values), operands=values)
    kind = "number" if name.startswith(("math.", "cmath.", "statistics.")) else "array"
    result = tensors.off_graph(m, name, tensors.carriers(values), kind, values)
    return result if name.startswith(("math.", "cmath.", "statistics.", "numpy.", "scipy.special.")) or result.data else opaque()
