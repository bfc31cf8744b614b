"""New tensors: factories and constructors."""

from __future__ import annotations

from autofix import effects
from autofix.effects import Effect
from autofix.find.flow import roots, tensors
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import (
    FALSE,
    Const,
    Datum,
    Either,
    Ref,
    Seq,
    plain,
)


def made(m: Machine, op: str, short: str, args: list, kwargs: dict) -> Datum:
    """A factory: a new source."""
    flag = kwargs.get("requires_grad", FALSE)
    on = flag.value if type(flag) is Const else None
    new = Datum("tensor")
    new.floating = _floating(short, args, kwargs)
    new.scalar = bool(args) and type(args[0]) is Seq and not args[0].items.all()
    if on and new.floating is False:
        m.source(new, op, m.site(), False)
        message = "Only Tensors of floating point and complex dtype can require gradients"
        tensors.fail(m, op, "RuntimeError", message, 1 << new.source)
        return new
    if "dtype" not in kwargs and new.floating and not short.endswith("_like") and not short.startswith("new_"):
        new.dtype = m.float_dtype
    return m.source(new, op, m.site(), on if on is None else bool(on))


REBUILDING = effects.FROM_ITEMS | {"tensor", "new_tensor"}
INTEGERS = frozenset(["long", "int64", "int32", "int", "int16", "uint8", "int8", "bool"])


def _floating(short: str, args: list, kwargs: dict) -> bool | None:
    wanted = kwargs.get("dtype")
    if type(wanted) is Ref:
        return wanted.name.rsplit(".", 1)[-1] not in INTEGERS
    if wanted is not None:
        return None
    if short in effects.WHOLE_MADE:
        return False
    if short in ("arange", "range"):
        known = all(type(a) is Const for a in args)
        return any(isinstance(a.value, float) for a in args) if known else None
    if short in ("full",):
        value = args[1] if len(args) > 1 else kwargs.get("fill_value")
        return not isinstance(value.value, (int, bool)) or isinstance(value.value, float) if type(value) is Const else None
    if short.endswith("_like") or short.startswith("new_"):
        return args[0].floating if args and type(args[0]) is Datum and short not in ("randn_like", "rand_like") else True
    return True


def constructed(m: Machine, op: str, short: str, args: list, kwargs: dict):
    """``torch.tensor(x)`` and its like: what of ``x`` is data, and what keeps its graph."""
    given = args[0] if args else kwargs.get("data", plain())
    inputs = [d for d in tensors.carriers([given]) if d.data or tensors.is_live(d) or d.kind == "tensor"]
    flag = kwargs.get("requires_grad", FALSE)
    on = flag.value if type(flag) is Const else None
    keeps = short in effects.FROM_ITEMS
    if keeps and type(given) is Datum and given.kind in tensors.CARRYING:
        return tensors.apply(m, op, [given], short="to")
    if keeps and type(given) is Either:
        return tensors.apply(m, op, inputs)
    if short == "tensor" and len(args) > 1:
        raise Raised("TypeError", "tensor() takes 1 positional argument", m.site())
    if not any(d.data for d in inputs):
        new = Datum("tensor")
        new.scalar = type(given) is Const
        new.floating = items_floating(given, kwargs)
        if short in ("FloatTensor", "Tensor", "DoubleTensor"):
            new.floating = True
        hidden = any(d.kind == "opaque" and d.hidden for d in tensors.carriers([given]))
        if on and new.floating is False:
            m.source(new, op, m.site(), False)
            tensors.fail(m, op, "RuntimeError", "Only Tensors of floating point and complex dtype can require gradients", 1 << new.source)
            return new
        if new.floating and "dtype" not in kwargs and not hidden and not _is_array(given):
            new.dtype = m.float_dtype
        return m.source(new, op, m.site(), on if on is None else bool(on))
    new = tensors.apply(m, op, inputs, Effect.CUTS, operands=[given])
    if short in REBUILDING and not m.doubt and not m.closed and new.data:
        roots.copied(m, m.cut(m.site(), op, new.data, True), inputs)
    new.floating = None
    if on is not False:
        data, must, site = new.data, new.must, new.site
        m.source(new, op, site, on if on is None else bool(on))
        new.data |= data
        new.must |= must
    return new


def _is_array(value) -> bool:
    return type(value) is Datum and value.kind == "array"


def items_floating(value, kwargs: dict) -> bool | None:
    """Whether a tensor or array of these items holds floating-point numbers, None where that is not known."""
    wanted = kwargs.get("dtype")
    if type(wanted) is Ref:
        return wanted.name.rsplit(".", 1)[-1] not in INTEGERS
    if wanted is not None:
        return None
    if type(value) is Const:
        return isinstance(value.value, (float, complex))
    if type(value) is Datum and value.kind in ("number", "array"):
        return value.floating
    if type(value) is Seq:
        if value.items.rest is not None:
            return items_floating(value.items.rest, {}) if not value.items.first else None
        if not value.items.first:
            return True
        answers = [items_floating(item, {}) for item in value.items.first]
        if True in answers:
            return True
        return None if None in answers else False
    return None
