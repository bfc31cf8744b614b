"""Methods of tensors, arrays and numbers, and the functions of the framework."""

from __future__ import annotations

from autofix import effects
from autofix.effects import Effect
from autofix.find.flow import calls, factories, operators, roots, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    EAGER,
    NONE,
    TRUE,
    Bound,
    Const,
    Datum,
    Either,
    Func,
    Items,
    Ref,
    Seq,
    plain,
)

TO_NUMPY = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
SEVERAL = frozenset(
    ["chunk", "split", "unbind", "tensor_split", "svd", "eig", "eigh", "qr", "slogdet", "lu", "var_mean", "std_mean", "frexp", "meshgrid", "aminmax", "dsplit", "hsplit", "vsplit", "geqrf", "broadcast_tensors", "unique", "unique_consecutive", "histogram"]
)
WIDER = frozenset(["double", "half", "bfloat16"])
SAME_OR_COPY = frozenset(["to", "cuda", "type", "type_as", "xpu", "mps", "npu"])
SAME = frozenset(["cpu", "contiguous", "float"])
VIEWS = frozenset(["view", "reshape", "squeeze", "unsqueeze", "flatten", "transpose", "permute", "t", "expand", "narrow", "select", "unfold", "view_as", "swapaxes", "movedim"])


def method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    """``datum.name(*args, **kwargs)``."""
    kind = datum.kind
    if kind == "tensor":
        return _tensor_method(m, datum, name, args, kwargs)
    if kind in EAGER or kind == "tape":
        from autofix.find.flow import tf_tapes, tf_values

        return (tf_tapes if kind == "tape" else tf_values).method(m, datum, name, args, kwargs)
    if kind in ("opaque", "mixed"):
        return _opaque_method(m, datum, name, args, kwargs)
    inputs = [datum, *tensors.carriers([*args, *kwargs.values()])]
    if name == "backward" and kind in ("array", "number") and not m.muted:
        roots.on_number(m, datum)
    if kind == "array":
        if name in effects.FACTS and name != "type" or name in ("tofile", "dump"):
            return plain()
        result = "number" if name in ("item",) else "array"
        if name == "tolist":
            number = tensors.off_graph(m, "numpy.ndarray.tolist", inputs, "number")
            return Seq("list", Items((number,), number.copy()))
        return tensors.off_graph(m, f"numpy.ndarray.{name}", inputs, result, [datum, *args])
    if kind == "number":
        if name in ("item", "astype", "mean", "sum", "round", "squeeze", "copy", "reshape", "flatten", "clip"):
            return tensors.off_graph(m, f"float.{name}", inputs, "number", [datum, *args])
        return plain()
    if any(tensors.is_live(d) or d.data for d in inputs[1:]) or any(type(a) in (Func, Bound) for a in args):
        return m.unknown([*args, *kwargs.values()])
    return plain()


def _opaque_method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    """Something unknown does something: it may be a tensor's method, or anything else of that name."""
    values = [*args, *kwargs.values()]
    if name == "backward":
        return roots.backward(m, datum, args, kwargs, sure=False)
    if name == "step" and not values:
        return plain()
    if name in ("__len__", "numel", "size", "dim"):
        return Datum("number", floating=False) if name != "size" or args else tensors.shape()
    if name in ("item", "tolist"):
        return tensors.off_graph(m, f"torch.Tensor.{name}", [datum], "number")
    if name == "numpy" and not args:
        return tensors.off_graph(m, "torch.Tensor.numpy", [datum], "array")
    if name in ("detach", "long", "int", "bool") and not args:
        return tensors.apply(m, f"torch.Tensor.{name}", [datum], Effect.CUTS if name == "detach" else Effect.WHOLE)
    if name in ("argmax", "argmin"):
        return tensors.apply(m, f"torch.Tensor.{name}", [datum], Effect.WHOLE)
    if datum.kind == "mixed":
        return tensors.apply(m, f"torch.Tensor.{name}", [datum, *tensors.carriers(values)])
    if name in ("zero_grad", "eval", "train", "requires_grad_", "keys"):
        if name == "requires_grad_":
            m.set(datum, "hidden", True)
        return datum
    calls.call_back(m, values)
    if not datum.hidden and not any(tensors.is_live(d) or d.lineage is not None for d in tensors.carriers(values)):
        new = datum.copy()
        for other in tensors.carriers(values):
            new.data |= other.data
            new.cuts |= other.cuts
        new.site = m.site()
        return new
    result = m.unknown([datum, *values])
    m.set(datum, "data", datum.data | result.data)
    m.set(datum, "live", datum.live | result.live)
    m.set(datum, "hidden", True)
    return result


def _tensor_method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    op = f"torch.Tensor.{name}"
    special = METHODS.get(name)
    if special is not None:
        return special(m, datum, args, kwargs)
    if name.endswith("_") and not name.startswith("_"):
        return operators.write(m, datum, tensors.carriers([*args, *kwargs.values()]), op, name, [datum, *args])
    return function(m, op, name, [datum, *args], kwargs)


def function(m: Machine, op: str, short: str, args: list, kwargs: dict):
    """A framework function, or a tensor's method with the tensor first."""
    if short in effects.MAKES:
        return factories.made(m, op, short, args, kwargs)
    if short == "where" and len(args) == 1 and not kwargs:
        return tensors.apply(m, op, tensors.carriers(args), Effect.WHOLE)
    effect = effects.of(short)
    if short == "size":
        return tensors.shape() if len(args) < 2 and not kwargs else Datum("number", floating=False)
    if effect is Effect.FACT:
        return Datum("number", floating=False) if short in ("numel", "dim", "ndim", "nelement", "__len__") else plain()
    operands = [*args, *kwargs.values()]
    inputs = tensors.carriers(operands)
    calls.call_back(m, operands)
    out = kwargs.get("out")
    if short in effects.PAIRS and _gives_pair(short, args, kwargs):
        values = tensors.apply(m, op, inputs, Effect.KEEPS, operands=operands)
        indices = tensors.apply(m, op, inputs, Effect.WHOLE, operands=operands)
        return Seq("tuple", Items((values, indices)))
    new = tensors.apply(m, op, inputs, effect, short, operands)
    if type(out) is Datum:
        operators.overwrite(m, out, new)
    if short in effects.REDUCTIONS and not ({"dim", "axis"} & set(kwargs)) and len(args) < 2 or short in effects.LOSSES and "reduction" not in kwargs:
        new.scalar = True
    if short in SEVERAL:
        return Seq("tuple", Items((), new))
    if short in VIEWS and args and type(args[0]) is Datum:
        new.alias = args[0].source if args[0].source >= 0 and args[0].sure else args[0].alias
    if short in ("float", "double", "half", "bfloat16"):
        new.floating = True
    if short in ("clone", "view", "reshape", "squeeze", "unsqueeze", "flatten", "expand", "t", "permute", "transpose") and inputs:
        new.floating = inputs[0].floating
    return new


def _gives_pair(short: str, args: list, kwargs: dict) -> bool:
    if short in ("sort", "topk", "mode", "kthvalue", "cummax", "cummin"):
        return True
    if "dim" in kwargs or "axis" in kwargs:
        return True
    return len(args) > 1 and type(args[1]) is Const


# -- methods with a meaning of their own ----------------------------------------------------------


def _requires_grad_(m, datum, args, kwargs):
    flag = args[0] if args else kwargs.get("requires_grad", TRUE)
    return require(m, datum, flag.value if type(flag) is Const else None)


def require(m: Machine, datum: Datum, on: bool | None) -> Datum:
    """``requires_grad`` is switched by hand; ``on`` None: either way."""
    if m.doubt and on is not None and datum.source >= 0 and m.seen.sources[datum.source]["requires_grad"] != on:
        on = None
    if datum.source >= 0:
        source = m.seen.sources[datum.source]
        bit = 1 << datum.source
        source["requires_grad"] = on
        if on is False:
            m.note({"what": "frozen", "site": m.site(), "source": datum.source})
            m.set(datum, "live", datum.live & ~bit)
        else:
            if on is True and datum.floating is False:
                tensors.fail(m, "torch.Tensor.requires_grad_", "RuntimeError", "only Tensors of floating point dtype can require gradients", bit)
            m.set(datum, "live", datum.live | bit)
        m.set(datum, "sure", on is True)
        return datum
    if datum.kind != "tensor":
        m.set(datum, "hidden", True)
        return datum
    if on is False or tensors.is_live(datum):
        if on is None:
            m.set(datum, "ghost", True)
        return datum
    site = m.site()
    bit = m.cut(site, "torch.Tensor.requires_grad_", datum.data, False) if datum.data else 0
    m.set(datum, "cuts", datum.cuts | bit)
    data, must, made_at = datum.data, datum.must, datum.site
    m.source(datum, "torch.Tensor.requires_grad_", made_at, on)
    datum.data |= data
    datum.must |= must
    return datum


def _numpy(m, datum, args, kwargs):
    if datum.sure and m.grad_mode is not None and not kwargs and not args:
        tensors.fail(m, "torch.Tensor.numpy", "RuntimeError", TO_NUMPY, datum.data, datum.cuts)
    new = tensors.apply(m, "torch.Tensor.numpy", [datum], Effect.CUTS)
    new.kind = "array"
    return tensors.alias(m, new, datum)


def _item(m, datum, args, kwargs):
    new = tensors.apply(m, "torch.Tensor.item", [datum], Effect.CUTS)
    new.kind = "number"
    return new


def _tolist(m, datum, args, kwargs):
    new = tensors.apply(m, "torch.Tensor.tolist", [datum], Effect.CUTS)
    new.kind = "number"
    return Seq("list", Items((new,), new.copy()))


def _detach(m, datum, args, kwargs):
    return tensors.alias(m, tensors.apply(m, "torch.Tensor.detach", [datum], Effect.CUTS), datum)


def _detach_(m, datum, args, kwargs):
    new = tensors.apply(m, "torch.Tensor.detach_", [datum], Effect.CUTS)
    operators.overwrite(m, datum, new)
    if datum.source >= 0:
        m.seen.sources[datum.source]["requires_grad"] = None if m.doubt else False
    return datum


def _retain_grad(m, datum, args, kwargs):
    _with_graph(m, datum, "retain_grad", "can't retain_grad on Tensor that has requires_grad=False")
    if tensors.is_live(datum):
        m.set(datum, "retains", True)
    return NONE


def _with_graph(m, datum, name, message):
    if not tensors.is_live(datum):
        tensors.fail(m, f"torch.Tensor.{name}", "RuntimeError", message, datum.must, datum.cuts, made=datum.site)


def _register_hook(m, datum, args, kwargs):
    _with_graph(m, datum, "register_hook", "cannot register a hook on a tensor that doesn't require gradient")
    m.escape([datum])
    calls.call_back(m, args)
    return plain()


def _backward(m, datum, args, kwargs):
    return roots.backward(m, datum, args, kwargs)


def _converted(name):
    def convert(m, datum, args, kwargs):
        wanted = _dtype_named(args, kwargs)
        floating = _floats(name, wanted, datum, args)
        if wanted and floating is False:
            return tensors.apply(m, f"torch.Tensor.{name}", [datum], Effect.WHOLE)
        new = tensors.apply(m, f"torch.Tensor.{name}", [datum, *tensors.carriers([*args, *kwargs.values()])], short=name)
        new.floating = floating
        if datum.floating is False and floating:
            return new
        if datum.source < 0 or not m.seen.sources[datum.source]["requires_grad"]:
            if datum.source >= 0 and (name in SAME or name in SAME_OR_COPY):
                return datum if name in SAME and datum.dtype == "float32" else Either((datum, new))
            return new
        changes = name in WIDER or wanted in ("float64", "double", "float16", "half", "bfloat16")
        if changes and datum.dtype == "float32":
            return new
        if name in SAME and datum.dtype == "float32":
            return datum
        return Either((datum, new))

    return convert


def _floats(name: str, wanted: str, datum: Datum, args: list) -> bool | None:
    """Whether the conversion gives floating point numbers; None where the source does not say."""
    if name in ("float", "double", "half", "bfloat16"):
        return True
    if wanted:
        return None if wanted.endswith("Tensor") else wanted not in factories.INTEGERS
    of_another = name in ("type", "type_as", "to") and not all(type(value) is Const for value in args)
    return None if of_another and datum.floating is False else datum.floating


def _dtype_named(args, kwargs) -> str:
    for value in (*args, kwargs.get("dtype")):
        if type(value) is Ref and value.name.startswith("torch."):
            return value.name.removeprefix("torch.")
    return ""


def _new_tensor(m, datum, args, kwargs):
    return factories.constructed(m, "torch.Tensor.new_tensor", "new_tensor", args, kwargs)


def _split_sample(m, datum, args, kwargs):
    return tensors.apply(m, "torch.Tensor.multinomial", [datum], Effect.WHOLE)


METHODS = {
    "requires_grad_": _requires_grad_, "numpy": _numpy, "item": _item, "tolist": _tolist, "detach": _detach,
    "detach_": _detach_, "retain_grad": _retain_grad, "register_hook": _register_hook, "backward": _backward,
    "new_tensor": _new_tensor, "multinomial": _split_sample, "register_post_accumulate_grad_hook": _register_hook,
    **{name: _converted(name) for name in ("double", "half", "bfloat16", "cuda", "cpu", "contiguous", "float", "to", "type", "type_as")},
}  # fmt: skip
