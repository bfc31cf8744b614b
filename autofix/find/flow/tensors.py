"""Tensors, arrays and numbers: what an attribute, an operator or a call makes of the gradient in them."""

from __future__ import annotations

from autofix import effects
from autofix.effects import Effect
from autofix.find.flow import naming, roots
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import (
    EAGER,
    FALSE,
    NONE,
    TRUE,
    Bound,
    Const,
    Datum,
    Either,
    Func,
    Items,
    Map,
    Ref,
    Seq,
    perhaps,
    plain,
    reached,
)

FACTS = frozenset(["shape", "dtype", "device", "ndim", "layout", "names", "itemsize", "nbytes", "is_cuda", "is_sparse", "_version"])
KEPT_ATTRIBUTES = frozenset(["T", "mT", "H", "mH", "real", "imag"])
CARRYING = ("tensor", "mixed", "opaque", *EAGER)


def is_live(datum: Datum) -> bool:
    """Whether it may require grad."""
    return bool(datum.live) or datum.hidden or datum.ghost


# -- one operation --------------------------------------------------------------------------------


def apply(m: Machine, op: str, inputs: list[Datum], effect: Effect = Effect.KEEPS, short: str = "", operands=None) -> Datum:
    """A framework operation on tensors (and numbers): the datum that comes out."""
    if effect is Effect.FACT:
        return plain()
    site = m.site()
    new = Datum("tensor", site=site)
    before = set()
    new.node = node = []
    for datum in inputs:
        new.data |= datum.data
        new.must |= datum.must
        new.live |= datum.live
        new.cuts |= datum.cuts
        if datum.node is not None:
            node.append(datum.node)
        new.hidden = new.hidden or datum.hidden
        new.ghost = new.ghost or datum.ghost
        new.sure = new.sure or datum.sure
        if datum.floating:
            new.floating = True
        if datum.site >= 0:
            before.add(datum.site)
        new.spoiled = new.spoiled or datum.spoiled
        new.nodes |= datum.nodes
    new.sure = new.sure and short in effects.SMOOTH and m.grad_mode is True
    if new.sure:
        _kept(m, op, new, inputs, short)
    new.scalar = bool(inputs) and all(datum.scalar for datum in inputs) and short in _ELEMENTWISE
    live = is_live(new)
    if not live:
        new.node = None
    bit = 0
    stranger = effect in (Effect.CUTS, Effect.WHOLE) and new.hidden and not new.data and not new.cuts
    if stranger:
        m.stranger(new, inputs)
    if effect is Effect.CUTS:
        bit = m.cut(site, op, new.data, live) if new.data else 0
        _dead(new)
    elif effect is Effect.WHOLE:
        lost = new.data if stranger else _data([d for d in inputs if d.floating is not False])
        bit = m.cut(site, op, lost, live) if lost else 0
        _dead(new)
        new.floating = False
    elif m.grad_mode is False:
        bit = m.cut(site, "torch.no_grad", new.data, live, modes=True) if new.data else 0
        _dead(new)
        new.inference = m.inference
    elif effect is Effect.ROUNDS and live:
        bit = m.cut(site, op, new.data, live, soft=True) if new.data else 0
        new.live, new.ghost = 0, True
    new.cuts |= bit
    if new.cuts:
        m.step(site, op, operands or inputs, [new], before)
    return new


_ELEMENTWISE = frozenset(["add", "sub", "mul", "truediv", "neg", "pow", "exp", "log", "sqrt", "abs", "float", "double", "clone", "detach", "to", "tanh", "sigmoid", "relu", "square"])


def _kept(m: Machine, op: str, new: Datum, inputs: list[Datum], short: str) -> None:
    """What the backward pass of an operation needs of its operands and its result."""
    if short in effects.SAVES_RESULT or short in effects.SAVES_FACTORS or short in effects.SAVES_INPUT:
        new.nodes |= 1 << m.nodes
        m.nodes += 1
    if short in effects.SAVES_RESULT:
        new.saved = (new,)
    elif short in effects.SAVES_INPUT and inputs[0].sure:
        new.saved = (inputs[0],)
    elif short in effects.SAVES_FACTORS and any(d.inference for d in inputs) and any(d.sure and not d.inference for d in inputs):
        message = "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd."
        data = cuts = 0
        for datum in inputs:
            data, cuts = data | datum.data, cuts | datum.cuts
        fail(m, op, "RuntimeError", message, data, cuts)


def _dead(datum: Datum) -> None:
    datum.live, datum.hidden, datum.sure, datum.ghost, datum.spoiled = 0, False, False, False, False
    datum.node, datum.nodes = None, 0


def _data(inputs) -> int:
    data = 0
    for datum in inputs:
        data |= datum.data
    return data


def off_graph(m: Machine, op: str, inputs: list[Datum], kind: str, operands=None) -> Datum:
    """A computation in numpy or plain Python: whatever it is given, the result holds no gradient."""
    site = m.site()
    new = Datum(kind, site=site)
    before = set()
    from_tensors = live = 0
    for datum in inputs:
        new.data |= datum.data
        new.must |= datum.must
        new.cuts |= datum.cuts
        if datum.kind in CARRYING:
            from_tensors |= datum.data
            live |= is_live(datum)
        if datum.site >= 0:
            before.add(datum.site)
    if op.startswith("torch.Tensor.") and not new.data and not new.cuts and any(d.kind == "opaque" and d.hidden for d in inputs):
        m.stranger(new, [datum for datum in inputs if datum.kind == "opaque"])
        from_tensors, live = new.data, True
    bit = 0
    if any(datum.kind in EAGER for datum in inputs) and not op.startswith(("tf.", "keras.")):
        op = f"tf:{op}"
    if from_tensors:
        bit = m.cut(site, op, from_tensors, bool(live))
        new.cuts |= bit
    if m.tensorflow and kind == "array":
        from autofix.find.flow import tf_numpy

        new.floating = tf_numpy.floating(op, inputs, operands or inputs)
    if any(datum.lineage is not None for datum in inputs):
        from autofix.find.flow import tf_values

        tf_values.left(m, op, new, inputs, bit)
    if new.cuts:
        m.step(site, op, operands or inputs, [new], before)
    return new


def carriers(values, depth: int = 4) -> list[Datum]:
    """Every datum in (nested) arguments."""
    found: list[Datum] = []
    for value in values:
        kind = type(value)
        if kind is Datum:
            found.append(value)
        elif depth and kind is Seq:
            found += carriers(value.items.all(), depth - 1)
        elif depth and kind is Map:
            found += carriers(value.all(), depth - 1)
        elif kind is Either:
            for datum in carriers(value.options, depth):
                weak = datum.copy()
                weak.must, weak.sure = 0, False
                weak.lineage = weak.lineage and perhaps(weak)
                found.append(weak)
        elif kind not in (Const, Ref, Func):
            for datum in reached([value]):
                found.append(datum)
    return found


def fail(m: Machine, op: str, error: str, message: str, data: int, cuts: int = 0, leaf: int = -1, made: int = -1) -> None:
    """A call that surely raises ends the program, unless it is only perhaps reached; where somebody expects it, it says nothing."""
    if m.doubt or m.muted:
        return
    site = m.site()
    if m.guarded:
        raise Raised(error, message, site)
    naming.resolve(m, data)
    m.seen.failures.append(
        {
            "site": site, "op": op, "error": error, "message": message, "data": data, "cuts": cuts, "leaf": leaf,
            "made": [made] if made >= 0 else [],
        }  # fmt: skip
    )
    raise Raised(error, message, site)


# -- attributes and items -------------------------------------------------------------------------


def attribute(m: Machine, datum: Datum, name: str):
    """``datum.name``."""
    kind = datum.kind
    if kind == "plain":
        return plain() if not datum.data else datum
    if kind in EAGER:
        from autofix.find.flow import tf_values

        return tf_values.attribute(m, datum, name)
    if name in FACTS and kind in ("tensor", "mixed", "array"):
        return shape() if name == "shape" else plain()
    if kind in ("tensor", "mixed"):
        if name == "data":
            new = alias(m, apply(m, "torch.Tensor.data", [datum], Effect.CUTS), datum)
            new.gradient_of = datum.gradient_of
            return new
        if name == "grad":
            return roots.read_gradient(m, datum)
        if name == "requires_grad":
            return plain() if is_live(datum) and not datum.sure else (TRUE if datum.sure else FALSE)
        if name in KEPT_ATTRIBUTES:
            return apply(m, f"torch.Tensor.{name}", [datum], short=name)
        if name in ("grad_fn", "is_leaf"):
            return plain()
    if kind == "opaque":
        new = datum.copy()
        new.site = m.site()
        if name in ("shape", "dtype", "device", "ndim", "__name__", "__class__"):
            return plain()
        return Bound(name, new)
    if kind == "array" and name == "size":
        return Datum("number", floating=False)
    if kind == "array" and name in ("T", "real", "imag", "flat"):
        return off_graph(m, f"numpy.ndarray.{name}", [datum], "array")
    return Bound(name, datum)


def shape() -> Seq:
    return Seq("tuple", Items((), Datum("number", floating=False)))


def alias(m: Machine, new: Datum, datum: Datum) -> Datum:
    new.alias = datum.source if datum.source >= 0 else datum.alias
    return new


def item(m: Machine, datum: Datum, key):
    """``datum[key]``."""
    if datum.kind in EAGER:
        from autofix.find.flow import tf_values

        return tf_values.item(m, datum, key)
    if datum.kind in ("tensor", "mixed"):
        inputs = [datum, *carriers([key])]
        new = apply(m, "torch.Tensor.__getitem__", inputs, short="getitem")
        new.kind = datum.kind
        new.floating = datum.floating
        new.alias = datum.source if datum.source >= 0 and datum.sure else datum.alias
        return new
    if datum.kind == "array":
        return off_graph(m, "numpy.ndarray.__getitem__", [datum, *carriers([key])], "array")
    if datum.kind == "opaque":
        new = datum.copy()
        new.site = m.site()
        return new
    return datum


def elements(m: Machine, datum: Datum) -> Items:
    """What iterating gives: at least two rows, else nobody would write a loop."""
    if datum.kind in ("tensor", "array", "mixed", *EAGER):
        first = item(m, datum, NONE)
        return Items((first, first.copy()), first.copy())
    new = datum.copy()
    new.site = datum.site
    return Items((new,), new)
