"""What a signature cannot say: the functions of numpy that torch does differently.

Each function here answers a ``Use`` with changes, or ``None`` where the call has no honest counterpart.
A parameter that a change names is settled: the signature adds nothing to it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from autofix.tables import (
    UNKNOWN,
    Append,
    Argument,
    Call,
    Change,
    Changes,
    Delete,
    InsertAfter,
    Keyword,
    Operate,
    Rename,
    Replace,
    Suffix,
    Unwrap,
    Use,
    Whole,
    Wrap,
)

_DTYPES = {
    **{n: n for n in "float16 float32 float64 int8 int16 int32 int64 uint8 complex64 complex128 bool".split()},
    "float": "float64", "int": "int64", "double": "float64", "single": "float32", "half": "float16",
    "bool_": "bool", "float_": "float64", "intp": "int64", "int_": "int64", "longlong": "int64",
    "f": "float32", "d": "float64", "f4": "float32", "f8": "float64", "i4": "int32", "i8": "int64",
}  # fmt: skip


_FLOATS = ("float16", "float32", "float64")


def torch_dtype(argument: Argument) -> str | None:
    """How torch writes a dtype argument; None where the source does not spell it out."""
    if argument.literal is None:
        return "None"
    text = argument.literal if isinstance(argument.literal, str) else argument.text
    if argument.tensor or text.endswith(".dtype"):
        return text if argument.tensor else None
    name = _DTYPES.get(text.rsplit(".", 1)[-1])
    return f"torch.{name}" if name else None


def as_tensor(use: Use, parameter: str) -> Change:
    """A number made a tensor, in the dtype of its neighbours so that no digit is lost."""
    argument = use[parameter]
    if argument.literal in (True, False) and argument.literal is not UNKNOWN and isinstance(argument.literal, bool):
        return Wrap(parameter, "torch.as_tensor(", ")")
    for other in use.arguments.values():
        if other is not argument and other.arrayish:
            if other.value is not None and other.value.dtype in _FLOATS:
                return Wrap(parameter, "torch.as_tensor(", f", dtype=torch.{other.value.dtype})")
            if other.plain and other.tensor:
                return Wrap(parameter, "torch.as_tensor(", f", dtype={other.text}.dtype)")
    return Wrap(parameter, "torch.as_tensor(", ")")


def is_list(argument: Argument) -> bool:
    """Whether it is a python list of tensors."""
    if argument.items is not None:
        return bool(argument.items) and all(i.arrayish for i in argument.items)
    return argument.tensor and argument.value is not None and argument.value.kind == "other"


def is_generator(argument: Argument) -> bool:
    """Whether it is written as ``f(x) for x in xs``."""
    try:
        return isinstance(ast.parse(f"({argument.text})", mode="eval").body, ast.GeneratorExp)
    except SyntaxError:
        return False


def population(use: Use) -> Changes:
    return (Append("correction=0"),)


def refuse(use: Use) -> None:
    return None


def same_method(use: Use) -> Changes | None:
    return () if use.method else None


def _axis(use: Use) -> object:
    return use.literal("axis", None)


def _given(use: Use, parameter: str) -> bool:
    return use.literal(parameter, None) is not None


def _first(use: Use) -> str:
    return next(iter(use.arguments))


# -- elementwise -------------------------------------------------------------------------------------


def bound(side: str) -> Callable[[Use], Changes | None]:
    """``maximum(0, x)`` → ``clamp(x, min=0)``; two tensors keep their function."""

    def changes(use: Use) -> Changes | None:
        if set(use.arguments) != {"x1", "x2"}:
            return None if not {"x1", "x2"} <= set(use.arguments) else ()
        first, second = use["x1"], use["x2"]
        if first.arrayish and second.arrayish:
            return ()
        if first.arrayish and _number(second):
            return (Rename("torch.clamp"), Keyword("x2", side))
        if second.arrayish and _number(first):
            return (Rename("torch.clamp"), Delete("x1"), Append(f"{side}={first.text}"))
        return ()

    return changes


def _number(argument: Argument) -> bool:
    if argument.value is not None:
        return argument.value.kind in ("number", "scalar")
    return isinstance(argument.literal, (int, float))


def clip(use: Use) -> Changes | None:
    if not use[_first(use)].arrayish:
        return None
    bounds = [p for p in ("a_min", "a_max", "min", "max") if p in use and use[p].literal is not None]
    tensors = [p for p in bounds if use[p].arrayish]
    if not tensors or len(tensors) == len(bounds):
        return ()
    return tuple(
        change
        for p in bounds
        if p not in tensors
        for change in (as_tensor(use, p), *((Keyword(p, p.removeprefix("a_")),) if use[p].keyword else ()))
    )


def modulus(use: Use) -> Changes | None:
    """torch has no derivative by the divisor."""
    return None if use["x2"].tensor else ()


def cbrt(use: Use) -> Changes | None:
    x = use["x"]
    if not x.plain or len(use.arguments) > 1:
        return None
    return (Whole(f"(torch.sign({x.text}) * torch.abs({x.text}) ** (1 / 3))"),)


def where(use: Use) -> Changes | None:
    if "x" not in use and "y" not in use:
        return ()
    if "x" not in use or "y" not in use:
        return None
    if not use["x"].arrayish and not use["y"].arrayish:
        dtype = use.output.dtype if use.output else "float64"
        return (Suffix(f".to(torch.{dtype})"),)
    return ()


# -- reductions --------------------------------------------------------------------------------------


def one_axis(use: Use) -> Changes | None:
    return None if isinstance(_axis(use), (tuple, list)) else ()


def extremum(name: str) -> Callable[[Use], Changes | None]:
    """``max`` with an axis gives a pair in torch; ``amax`` gives the values."""

    def changes(use: Use) -> Changes | None:
        keep = use.literal("keepdims", False)
        if _axis(use) is None:
            dropped = tuple(Delete(p) for p in ("axis", "keepdims") if p in use)
            return None if keep else dropped
        return (Rename(f"a{name}" if use.method else f"torch.a{name}"),)

    return changes


def spread(use: Use) -> Changes | None:
    """numpy divides by n, torch by n - 1 unless told."""
    return () if "ddof" in use or "correction" in use else (Append("correction=0"),)


def median(use: Use) -> Changes | None:
    if isinstance(_axis(use), (tuple, list)):
        return None
    if not _floating(use[_first(use)]):
        return None
    return (InsertAfter("a", "0.5"),) if not use.method else None


def _floating(argument: Argument) -> bool:
    return argument.value is None or argument.value.dtype.startswith("float") or argument.value.kind == "other"


def quantile(scale: int) -> Callable[[Use], Changes | None]:
    """``percentile`` counts to 100; several quantiles must be a tensor."""

    def changes(use: Use) -> Changes | None:
        q = use["q"]
        if isinstance(_axis(use), (tuple, list)) or not _floating(use["a"]):
            return None
        keyword = ()
        if isinstance(q.literal, (int, float)):
            return (Replace("q", repr(q.literal / scale)), *keyword) if scale != 1 else ()
        if isinstance(q.literal, (list, tuple)):
            dtype = use["a"].value.dtype if use["a"].value else "float64"
            share = [x / scale for x in q.literal]
            return (Replace("q", f"torch.tensor({share!r}, dtype=torch.{dtype})"),)
        if q.value is not None and q.value.kind in ("number", "scalar"):
            return (Wrap("q", "(", f") / {scale}"),) if scale != 1 else ()
        return None

    return changes


def average(use: Use) -> Changes | None:
    """A weighted mean is a product with the weights, over their sum."""
    if not _given(use, "weights"):
        return (Delete("weights"),) if "weights" in use else ()
    a, weights, axis = use["a"], use["weights"], _axis(use)
    if set(use.arguments) - {"a", "axis", "weights"} or not weights.plain or not weights.arrayish or a.ndim is None:
        return None
    if weights.ndim == 1 and isinstance(axis, int) or a.ndim == weights.ndim and axis is None:
        dims = f"([{axis}], [0])" if axis is not None else str(a.ndim)
        gone = (Delete("axis"),) if "axis" in use else ()
        product = (Rename("torch.tensordot"), *gone, Keyword("weights", "b"), Append(f"dims={dims}"))
        return (*product, Operate(f" / {weights.text}.sum()"))
    if a.ndim != weights.ndim or not a.plain or not isinstance(axis, int):
        return None
    return (Whole(f"(({a.text} * {weights.text}).sum(dim={axis}) / {weights.text}.sum(dim={axis}))"),)


def ptp(use: Use) -> Changes | None:
    a = use["a"]
    if not a.plain or "keepdims" in use:
        return None
    if not _given(use, "axis"):
        return (Whole(f"({a.text}.max() - {a.text}.min())"),)
    dim = use["axis"].text
    return (Whole(f"({a.text}.amax(dim={dim}) - {a.text}.amin(dim={dim}))"),)


def running(use: Use) -> Changes | None:
    """Without an axis numpy runs over the flattened array."""
    if _given(use, "axis"):
        return ()
    ndim = use["a"].ndim
    flat: Changes = () if ndim == 1 else (Wrap("a", "", ".ravel()"),)
    if ndim is None and not use["a"].plain:
        return None
    if "axis" in use:
        return (*flat, Replace("axis", "0"), *((Keyword("axis", "dim"),) if use["axis"].keyword else ()))
    return (*flat, Append("dim=0"))


def matrix(use: Use) -> Changes | None:
    return () if use[_first(use)].ndim == 2 else None


# -- shape -------------------------------------------------------------------------------------------


def join(use: Use) -> Changes | None:
    if "axis" in use and use["axis"].literal is None:
        return None
    items = use["arrays"].items
    if items is None:
        return ()
    if not all(i.arrayish or _number(i) for i in items):
        return None
    return tuple(_item(use, "arrays", k) for k, i in enumerate(items) if not i.arrayish)


def _item(use: Use, parameter: str, k: int) -> Change:
    """A number among tensors, made a tensor of their dtype."""
    items = use[parameter].items or ()
    inner = Use(use.name, {f"{parameter}.{i}": item for i, item in enumerate(items)})
    return as_tensor(inner, f"{parameter}.{k}")


def tuple_of(parameter: str) -> Callable[[Use], Changes | None]:
    """torch's functions want a tuple where numpy takes one number."""

    def changes(use: Use) -> Changes | None:
        if use.method or parameter not in use:
            return ()
        argument = use[parameter]
        if isinstance(argument.literal, int) or argument.value is not None and argument.value.kind == "number":
            to = {"reps": "dims"}.get(parameter, parameter)
            return (Wrap(parameter, "(", ",)"), *((Keyword(parameter, to),) if argument.keyword else ()))
        return ()

    return changes


def transpose(use: Use) -> Changes | None:
    if _given(use, "axes"):
        return ()
    ndim = use["a"].ndim
    if ndim is None:
        return None
    dropped = tuple(Delete(p) for p in ("axes",) if p in use)
    if ndim <= 2:
        return (Rename("torch.t"), *dropped)
    return (*dropped, Append(str(tuple(reversed(range(ndim))))))


def transpose_method(use: Use) -> Changes | None:
    axes = [p for p in use.arguments if p.startswith("axes")]
    if axes and use[axes[0]].literal is not None:
        return (Rename("permute"),)
    ndim = use["a"].ndim
    if ndim is None or axes:
        return None
    if ndim <= 2:
        return (Rename("t"),)
    return (Rename("permute"), Append(", ".join(map(str, reversed(range(ndim))))))


def attribute_T(use: Use) -> Changes | None:
    ndim = use["a"].ndim
    if ndim == 2:
        return ()
    if ndim is None:
        return None
    if ndim < 2:
        return (Unwrap("a"),)
    return (Rename("permute"), Call(", ".join(map(str, reversed(range(ndim))))))


def matrix_transpose(use: Use) -> Changes | None:
    return (Append("-2, -1"),)


def flip(use: Use) -> Changes | None:
    axis = _axis(use)
    if axis is None:
        ndim = use["m"].ndim
        dropped = tuple(Delete(p) for p in ("axis",) if p in use)
        return None if ndim is None else (*dropped, Append(f"dims={tuple(range(ndim))}"))
    if isinstance(axis, int) or axis is UNKNOWN:
        return (Wrap("axis", "(", ",)"), *((Keyword("axis", "dims"),) if use["axis"].keyword else ()))
    return ()


def pad(use: Use) -> Changes | None:
    """numpy pads pair by pair from the first axis, torch flat from the last."""
    width, ndim = use.literal("pad_width", UNKNOWN), use["array"].ndim
    if ndim is None or use.literal("mode", "constant") != "constant":
        return None
    if isinstance(width, int):
        pairs = [(width, width)] * ndim
    elif isinstance(width, (tuple, list)):
        pairs = _pairs(list(width), ndim)
    else:
        pairs = []
    if len(pairs) != ndim:
        return None
    flat = tuple(n for pair in reversed(pairs) for n in pair)
    keyword: Changes = (Keyword("pad_width", "pad"),) if use["pad_width"].keyword else ()
    mode: Changes = (Delete("mode"),) if "mode" in use else ()
    return (Replace("pad_width", str(flat)), *keyword, *mode)


def _pairs(width: list, ndim: int) -> list[tuple[int, int]]:
    if len(width) == 2 and all(isinstance(n, int) for n in width):
        return [(width[0], width[1])] * ndim
    if all(isinstance(p, (tuple, list)) and len(p) == 2 for p in width):
        pairs = [tuple(p) for p in width]
        return pairs * ndim if len(pairs) == 1 else pairs
    return []


def append(use: Use) -> Changes | None:
    arr, values = use["arr"], use["values"]
    if arr.ndim != 1 or values.ndim not in (0, 1) or not (arr.arrayish and values.arrayish):
        return None
    tail = ".reshape(1)" if values.ndim == 0 else ""
    return (Wrap("arr", "(", ""), Wrap("values", "", tail + ")"))


def take(use: Use) -> Changes | None:
    indices = use["indices"]
    if not indices.arrayish:
        return None
    if _given(use, "axis"):
        return (Rename("torch.index_select"), Delete("axis"), InsertAfter("a", use["axis"].text)) if (
            indices.ndim == 1 and not use.method and use["axis"].literal is not UNKNOWN
        ) else None
    return ()


def sort(use: Use) -> Changes | None:
    return (Suffix(".values"),)


def nonzero(use: Use) -> Changes | None:
    return (Append("as_tuple=True"),)


def meshgrid(use: Use) -> Changes | None:
    return () if "indexing" in use else (Append('indexing="xy"'),)


def attribute(name: str) -> Callable[[Use], Changes | None]:
    """The same attribute; a function of that name becomes it."""

    def changes(use: Use) -> Changes | None:
        return () if use.method else (Unwrap(_first(use)), Suffix(f".{name}"))

    return changes


def size(use: Use) -> Changes | None:
    return (Rename("numel"), Call())


# -- products ----------------------------------------------------------------------------------------


def dot(use: Use) -> Changes | None:
    """torch's dot is for vectors only; numpy's is several things."""
    a, b = use["a"], use["b"]
    if a.ndim is None or b.ndim is None:
        return None
    prefix = "" if use.method else "torch."
    if not (a.arrayish and b.arrayish) or 0 in (a.ndim, b.ndim):
        return (Rename(f"{prefix}mul"),) if a.arrayish or not use.method else None
    if a.ndim == b.ndim == 1:
        return ()
    if b.ndim <= 2:
        return (Rename(f"{prefix}matmul"),)
    return None if use.method else (Rename("torch.tensordot"), Append("dims=([-1], [-2])"))


def vectors(use: Use) -> Changes | None:
    first, second = list(use.arguments)[:2]
    return () if use[first].ndim == use[second].ndim == 1 else None


def gradient(use: Use) -> Changes | None:
    """torch answers with one tensor per axis, numpy with the array itself where there is one axis."""
    if use["f"].ndim != 1:
        return None
    steps = [p for p in use.arguments if p.startswith("varargs")]
    if len(steps) > 1:
        return None
    spacing: Changes = ()
    if steps:
        step = use[steps[0]]
        if step.arrayish and step.ndim == 0:
            if not step.plain:
                return None
            return (Delete(steps[0]), Operate(f"[0] / {step.text}"))
        if step.arrayish:
            spacing = (Keyword(steps[0], "spacing"), Wrap(steps[0], "(", ",)"))
        elif _number(step):
            spacing = (Keyword(steps[0], "spacing"),)
        else:
            return None
    return (*spacing, Suffix("[0]"))


def svd(use: Use) -> Changes | None:
    if use.literal("compute_uv", True) is True:
        return (Delete("compute_uv"),) if "compute_uv" in use else ()
    if use.literal("compute_uv", True) is not False:
        return None
    dropped = tuple(Delete(p) for p in ("compute_uv", "full_matrices") if p in use)
    return (Rename("torch.linalg.svdvals"), *dropped)


def lower(use: Use) -> Changes | None:
    return (Delete("lower"),) if use.literal("lower", False) is True else None


def needs_axis(use: Use) -> Changes | None:
    if _given(use, "axis"):
        return ()
    ndim = use[_first(use)].ndim
    if ndim is None and (use.name.endswith("softmax") or not use[_first(use)].plain):
        return None
    dropped = tuple(Delete(p) for p in ("axis",) if p in use)
    if ndim is None:  # over all of it, whatever its shape
        return (*dropped, Wrap(_first(use), "", ".flatten()"), Append("dim=0"))
    dim = "0" if ndim == 1 else str(tuple(range(ndim)))
    if ndim != 1 and "softmax" in use.name:
        return None
    return (*dropped, Append(f"dim={dim}"))


# -- making, copying, casting ------------------------------------------------------------------------


def array(use: Use) -> Changes | None:
    """An array of tensors is a stack; an array of an array is a copy."""
    made = use["object"]
    copies = use.name == "numpy.array" and use.literal("copy", True) is True
    dropped = tuple(Delete(p) for p in ("dtype",) if p in use)
    dtype = torch_dtype(use["dtype"]) if "dtype" in use else "None"
    if dtype is None:
        return None
    cast: Changes = (Suffix(f".to({dtype})"),) if dtype != "None" else ()
    if made.items is not None:
        return _stacked(use, made.items, dropped, cast)
    if made.value is not None and made.value.kind == "other":
        return (*dropped, *cast)
    if not made.tensor:
        return None
    return (Rename("torch.clone"), *dropped, *cast) if copies else (Unwrap("object"), *cast)


def _stacked(use: Use, items: tuple[Argument, ...], dropped: Changes, cast: Changes) -> Changes | None:
    if not items:
        return None
    nested = all(i.items for i in items)
    changes: list[Change] = []
    for k, item in enumerate(items):
        if nested:
            if not all(i.arrayish or _number(i) for i in item.items or ()):
                return None
            changes.append(Wrap(f"object.{k}", "torch.stack(", ")"))
            flat = Use(use.name, {f"object.{k}.{j}": i for j, i in enumerate(item.items or ())})
            changes.extend(as_tensor(flat, p) for p, i in flat.arguments.items() if not i.arrayish)
        elif item.items is not None or not (item.arrayish or _number(item)):
            return None
        elif not item.arrayish:
            changes.append(_item(use, "object", k))
    return (*dropped, *changes, *(cast or _widened(use, items)))


def _widened(use: Use, items: tuple[Argument, ...]) -> Changes:
    """numpy makes float64 of Python numbers; the tensors behind them may be float32."""
    flat = [i for item in items for i in (item.items or (item,))]
    held = {i.value.dtype for i in flat if i.arrayish and i.value is not None}
    wanted = use.output.dtype if use.output is not None else ""
    return (Suffix(".double()"),) if wanted == "float64" and held == {"float32"} else ()


def astype(use: Use) -> Changes | None:
    if not use.method:
        return None
    dtype = torch_dtype(use["dtype"])
    return (Rename("to"),) if dtype else None


def astype_function(use: Use) -> Changes | None:
    dtype = torch_dtype(use["dtype"])
    return (Unwrap("a"), Suffix(f".to({dtype})")) if dtype else None


def item(use: Use) -> Changes | None:
    """On the path a number must stay a tensor."""
    return (Unwrap("a"),) if len(use.arguments) == 1 else None


def made(use: Use) -> Changes | None:
    """numpy makes float64 where torch makes float32."""
    if "dtype" in use:
        return ()
    dtype = use.output.dtype if use.output and use.output.dtype else "float64"
    if "fill_value" in use and use.output is None:
        dtype = {int: "int64", bool: "bool"}.get(type(use["fill_value"].literal), "float64")
    wrap = tuple_of("shape")(use) if "fill_value" in use else ()
    return (*(wrap or ()), Append(f"dtype=torch.{dtype}"))


def linspace(use: Use) -> Changes | None:
    if set(use.arguments) - {"start", "stop", "num", "dtype"}:
        return None
    steps: Changes = () if "num" in use else (Append("steps=50"),)
    return (*steps, Append("dtype=torch.float64")) if "dtype" not in use else steps


def cast(name: str) -> Callable[[Use], Changes | None]:
    """``np.float32(x)`` → ``x.to(torch.float32)``."""
    return lambda use: (Unwrap("x"), Suffix(f".to(torch.{_DTYPES[name]})"))


# -- math --------------------------------------------------------------------------------------------


def number(use: Use) -> Changes | None:
    """math turns a tensor of one element into a number."""
    value = use["x"].value
    return (Wrap("x", "", ".reshape(())"),) if value is not None and value.shape else ()


def math_log(use: Use) -> Changes | None:
    if "base" not in use:
        return number(use)
    base = use["base"].literal
    name = {2: "torch.log2", 10: "torch.log10"}.get(base) if isinstance(base, (int, float)) else None
    if name is not None:
        return (Rename(name), Delete("base"))
    return None
