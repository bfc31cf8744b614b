"""Custom ``autograd.Function`` classes."""

from __future__ import annotations

import ast

from autofix.find.flow import classes, elements, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    Class,
    Datum,
    Func,
    Items,
    Ref,
    Seq,
    opaque,
)


def class_method(m: Machine, cls: Class, name: str, args: list, kwargs: dict):
    """``Function.apply`` and other methods that a class has from its library."""
    if name == "apply" and any(isinstance(b, Ref) and b.name.endswith("autograd.Function") for b in cls.lineage()):
        return _applied(m, cls, args, kwargs)
    if cls.record is not None and name == "_make":
        return classes.instantiate(m, cls, list(elements.iterated(m, args[0]).all()), {}) if args else opaque()
    return m.unknown([*args, *kwargs.values()])


def _applied(m: Machine, cls: Class, args: list, kwargs: dict):
    """A custom ``autograd.Function``: what its ``backward`` gives None for gets no gradient."""
    inputs = [d for d in tensors.carriers(args)]
    site = m.site()
    backward = cls.find("backward")
    nothing: set[int] = set()
    if type(backward) is Func:
        returns = [n.value for n in ast.walk(backward.node) if isinstance(n, ast.Return)]
        if returns and all(isinstance(r, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in r.elts) for r in returns):
            count = min(len(r.elts) for r in returns)
            for place in range(count):
                if all(_is_nothing(r.elts[place]) for r in returns):
                    nothing.add(place)
    new = Datum("tensor", site=site)
    reaching = Datum("tensor")
    for place, value in enumerate(args):
        for datum in tensors.carriers([value]):
            new.data |= datum.data
            new.must |= datum.must
            new.cuts |= datum.cuts
            if place in nothing and tensors.is_live(datum):
                new.ghost = True
            else:
                reaching.live |= datum.live
                reaching.hidden = reaching.hidden or datum.hidden
                reaching.ghost = reaching.ghost or datum.ghost
    new.live, new.hidden, new.ghost = reaching.live, reaching.hidden, new.ghost or reaching.ghost
    live = tensors.is_live(new)
    if m.grad_mode is False:
        new.cuts |= m.cut(site, "torch.no_grad", new.data, live, modes=True) if new.data else 0
        new.live, new.hidden, new.ghost = 0, False, False
    elif new.data:
        new.cuts |= m.cut(site, f"function:{cls.name}", new.data, live, soft=True)
    m.step(site, f"function:{cls.name}", args, [new], {d.site for d in inputs if d.site >= 0})
    forward = cls.find("forward")
    many = type(forward) is Func and any(isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple) for n in ast.walk(forward.node))
    if not many and type(forward) is not Func:
        return m.unknown(args)
    return Seq("tuple", Items((), new)) if many else new


def _is_nothing(node) -> bool:
    """None, or zeros: no gradient comes back."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in ("zeros_like", "zeros") and isinstance(node.func.value, ast.Name) and node.func.value.id == "torch"
    return isinstance(node, ast.Constant) and node.value is None
