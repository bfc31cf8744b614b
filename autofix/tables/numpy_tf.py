"""numpy, scipy.special and math in TensorFlow's words: one row per name.

The same form as ``numpy_torch``. TensorFlow's functions take arrays, lists and numbers beside tensors, and have
numpy's ``axis`` and ``keepdims``; its tensors have no methods, so that ``x.sum()`` becomes ``tf.reduce_sum(x)``.
Every row is held to numpy and to ``tf.experimental.numpy`` by tests/test_tf_table.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from autofix.tables import (
    UNKNOWN,
    Append,
    Around,
    Changes,
    Delete,
    Function,
    Keyword,
    Rename,
    Replace,
    Unwrap,
    Use,
    Whole,
)
from autofix.tables.signatures import carried_over, fill

Special = Callable[[Use], "Changes | None"]


@dataclass(frozen=True, slots=True)
class Row:
    """One name: its TensorFlow name, its signature, and what the signature cannot say."""

    to: str
    signature: str
    special: Special | None = None


_UFUNC = "x out! where! casting~ order~ dtype! subok~"
_BINARY = "x1>x x2>y out! where! casting~ order~ dtype! subok~"
_REDUCE = "a>input_tensor axis dtype! out! keepdims initial! where!"
TF = "tensorflow."

ROWS: dict[str, Row] = {}


def _same(names: str, signature: str, prefix: str = TF, origin: str = "numpy.") -> None:
    for pair in names.split():
        theirs, _, ours = pair.partition("=")
        ROWS[origin + theirs] = Row(prefix + (ours or theirs), signature)


# -- special cases -----------------------------------------------------------------------------------


def _ndim(use: Use, parameter: str) -> int | None:
    return use[parameter].ndim if parameter in use else None


def _divided(number: float) -> Special:
    """``log10(x)`` as ``log(x) / log(10)``, written as a call so that it binds."""
    return lambda use: (Around(f"{TF}divide(", f", {number!r})"),)


def _clip(use: Use) -> Changes | None:
    low = next((p for p in ("a_min", "min") if p in use and use[p].literal is not None), None)
    high = next((p for p in ("a_max", "max") if p in use and use[p].literal is not None), None)
    gone = tuple(Delete(p) for p in ("a_min", "a_max", "min", "max") if p in use and p not in (low, high))
    if low and high:
        return (*_to(use, "clip_by_value"), Keyword(low, "clip_value_min"), Keyword(high, "clip_value_max"))
    if low or high:
        keyword = (Keyword(low or high, "y"),) if use[low or high].keyword else ()
        return (*_to(use, "maximum" if low else "minimum"), *gone, *keyword)
    return None


def _to(use: Use, name: str) -> Changes:
    """Call ``tf.name`` in the place of a function or a method."""
    return (Function(TF + name),) if use.method else (Rename(TF + name),)


def _dot(use: Use) -> Changes | None:
    left, right = (use.arguments[p] for p in list(use.arguments)[:2])
    if left.ndim is None or right.ndim is None or right.ndim > 2:
        return None
    if left.ndim == 0 or right.ndim == 0:
        return _to(use, "multiply")
    if (left.ndim, right.ndim) == (2, 2):
        return _to(use, "matmul")
    if (left.ndim, right.ndim) == (2, 1):
        return _to(use, "linalg.matvec")
    return (*_to(use, "tensordot"), Append("1"))


def _matmul(use: Use) -> Changes | None:
    left, right = (use.arguments[p] for p in list(use.arguments)[:2])
    if left.ndim == 1 or right.ndim == 1 or left.ndim is None or right.ndim is None:
        return _dot(use)
    return _to(use, "matmul")


def _outer(use: Use) -> Changes | None:
    if any(_ndim(use, p) != 1 for p in list(use.arguments)[:2]):
        return None
    return (*_to(use, "tensordot"), Append("0"))


def _flatten(use: Use) -> Changes:
    order = tuple(Delete(p) for p in use.arguments if p != "a")
    return (*_to(use, "reshape"), *order, Append("[-1]"))


def _reshape(use: Use) -> Changes | None:
    """``x.reshape(2, 3)`` gives its numbers one by one, ``tf.reshape`` wants a list."""
    given = [p for p in use.arguments if p not in ("a", "order")]
    if "order" in use or not given:
        return None
    if len(given) == 1:
        text = use[given[0]].text
        listed = text if use[given[0]].items is not None or text.startswith(("(", "[")) else f"[{text}]"
        if not listed.startswith(("(", "[")) and use[given[0]].literal is UNKNOWN:
            listed = text
        return (*_to(use, "reshape"), Replace(given[0], listed), *((Keyword(given[0], "shape"),) if use[given[0]].keyword else ()))
    listed = "[" + ", ".join(use[p].text for p in given) + "]"
    return (*_to(use, "reshape"), *(Delete(p) for p in given), Append(listed))


def _transpose(use: Use) -> Changes | None:
    given = [p for p in use.arguments if p != "a"]
    if len(given) > 1:
        listed = "[" + ", ".join(use[p].text for p in given) + "]"
        return (*_to(use, "transpose"), *(Delete(p) for p in given), Append(listed))
    return (*_to(use, "transpose"), *(Keyword(p, "perm") for p in given if use[p].keyword))


def _flat_only(name: str) -> Special:
    """Without an axis numpy flattens; TensorFlow takes the first axis: equal for one dimension only."""

    def special(use: Use) -> Changes | None:
        if ("axis" not in use or use["axis"].literal is None) and _ndim(use, "a") not in (0, 1):
            return None
        return _to(use, name)

    return special


def _joined(name: str, axis: str | None) -> Special:
    """A list of tensors along an axis that numpy takes by itself."""

    def special(use: Use) -> Changes | None:
        parameter = next(iter(use.arguments))
        items = use[parameter].items
        ndims = {item.ndim for item in items or ()}
        if axis is None:
            return (Rename(TF + name),) if "axis" in use else (Rename(TF + name), Append("axis=0"))
        if ndims == {1} and name == "hstack":
            return (Rename(TF + "concat"), Append("axis=0"))
        if ndims == {1} and name == "vstack":
            return (Rename(TF + "stack"), Append("axis=0"))
        if len(ndims) == 1 and None not in ndims and min(ndims) > 1:
            return (Rename(TF + "concat"), Append(f"axis={axis}"))
        return None

    return special


def _made(use: Use) -> Changes | None:
    """``np.array(x)``: a tensor is one already; a list of tensors becomes one."""
    first = next(iter(use.arguments))
    dtype = _dtype_of(use)
    if dtype is None:
        return None
    rest = tuple(Delete(p) for p in use.arguments if p != first)
    if use[first].tensor and use[first].items is None and use[first].ndim is not None:
        return (Unwrap(first),) if not dtype else (Rename(TF + "cast"), *rest, Append(dtype))
    cast = (Around(f"{TF}cast(", f", {dtype})"),) if dtype else ()
    return (Rename(TF + "stack" if use[first].items and all(i.tensor for i in use[first].items) else TF + "convert_to_tensor"), *rest, *cast)


DTYPES = ["float16", "float32", "float64", "int32", "int64", "bool", "complex64", "complex128"]


def tf_dtype(text: str) -> str | None:
    """A numpy dtype as written, as TensorFlow writes it."""
    name = text.strip("\"'").rsplit(".", 1)[-1]
    name = {"float": "float64", "double": "float64", "single": "float32", "int": "int64"}.get(name, name)
    return TF + name if name in DTYPES else None


def _dtype_of(use: Use) -> str | None:
    """The dtype that is asked for, empty where none is, None where it is unknown."""
    if "dtype" not in use or use["dtype"].literal is None:
        return ""
    return tf_dtype(use["dtype"].text)


def _astype(use: Use) -> Changes | None:
    dtype = _dtype_of(use)
    rest = tuple(Delete(p) for p in use.arguments if p not in ("a", "dtype"))
    return (*_to(use, "cast"), Replace("dtype", dtype), *rest) if dtype else None


def _cast(dtype: str) -> Special:
    return lambda use: (Rename(TF + "cast"), Append(TF + dtype))


def _item(use: Use) -> Changes | None:
    return (Unwrap("a"),) if len(use.arguments) == 1 and use["a"].ndim == 0 else None


def _flip(use: Use) -> Changes | None:
    axis = use.literal("axis", None)
    ndim = next(iter(use.arguments.values())).ndim
    if axis is UNKNOWN or axis is None and ndim is None:
        return None
    axes = list(range(ndim)) if axis is None else list(axis) if isinstance(axis, tuple) else [axis]
    return (Rename(TF + "reverse"), *((Delete("axis"),) if "axis" in use else ()), Append(f"axis={axes}"))


def _diff(use: Use) -> Changes | None:
    if len(use.arguments) != 1 or not use["a"].plain or use["a"].ndim != 1:
        return None
    return (Whole(f"({use['a'].text}[1:] - {use['a'].text}[:-1])"),)


def _diag(use: Use) -> Changes | None:
    return {1: _to(use, "linalg.diag"), 2: _to(use, "linalg.diag_part")}.get(_ndim(use, "v"))


def _where(use: Use) -> Changes | None:
    return (Rename(TF + "where"),) if len(use.arguments) == 3 else None


def _math_log(use: Use) -> Changes | None:
    if "base" not in use:
        return (Rename(TF + "math.log"),)
    base = use["base"].literal
    if not isinstance(base, (int, float)) or base <= 1:
        return None
    return (Rename(TF + "math.log"), Delete("base"), Around(f"{TF}divide(", f", {math.log(base)!r})"))


def _softmax(use: Use) -> Changes | None:
    if ("axis" not in use or use["axis"].literal is None) and _ndim(use, "x") != 1:
        return None
    return (Rename(TF + "nn.softmax"),)


def _solve(use: Use) -> Changes | None:
    return (Rename(TF + "linalg.solve"),) if _ndim(use, "b") == 2 else None


def _norm(use: Use) -> Changes | None:
    order = use.literal("ord", None)
    if order not in (None, 1, 2) or order == 2 and _ndim(use, "x") != 1 and "axis" not in use:
        return None
    return (Rename(TF + "norm"),)


def _round(use: Use) -> Changes | None:
    given = [p for p in use.arguments if p != "a"]
    if any(use[p].literal != 0 for p in given):
        return None
    return (*_to(use, "round"), *(Delete(p) for p in given))


def _pad(use: Use) -> Changes | None:
    return (Rename(TF + "pad"),) if use["array"].ndim is not None and use["pad_width"].text.startswith(("((", "[[", "[(")) else None


def _average(use: Use) -> Changes | None:
    return (Rename(TF + "reduce_mean"),) if "weights" not in use else None


# -- rows --------------------------------------------------------------------------------------------

_same("exp sqrt square abs absolute=abs fabs=abs negative sign floor sin cos tan sinh cosh tanh", _UFUNC)
_same("arcsin=asin arccos=acos arctan=atan arcsinh=asinh arccosh=acosh arctanh=atanh asin acos atan", _UFUNC)
_same("log log1p expm1 ceil reciprocal rint", _UFUNC, TF + "math.")
_same("isnan=is_nan isfinite=is_finite isinf=is_inf conj", _UFUNC, TF + "math.")
_same("add subtract multiply divide true_divide=divide power=pow pow maximum minimum floor_divide=math.floordiv mod=math.floormod", _BINARY)
_same("remainder=math.floormod arctan2=atan2 atan2 logical_and logical_or", _BINARY)
_same("greater greater_equal less less_equal not_equal equal", _BINARY)
_same("logical_not", _UFUNC)
_same("sum=reduce_sum mean=reduce_mean max=reduce_max min=reduce_min amax=reduce_max amin=reduce_min prod=reduce_prod", _REDUCE)
_same("all=reduce_all any=reduce_any", _REDUCE)
_same("std=reduce_std var=reduce_variance", "a>input_tensor axis dtype! out! ddof! keepdims where!", TF + "math.")
_same("zeros_like ones_like", "a>input dtype! order~ subok~ shape!")
_same("expand_dims squeeze", "a>input axis")
_same("tile", "A>input reps>multiples")
_same("repeat", "a>input repeats axis")
_same("roll", "a>input shift axis")
_same("take=gather", "a>params indices axis out! mode!")
ROWS |= {
    "numpy.log2": Row(TF + "math.log", _UFUNC, _divided(0.6931471805599453)),
    "numpy.log10": Row(TF + "math.log", _UFUNC, _divided(2.302585092994046)),
    "numpy.deg2rad": Row("", _UFUNC, lambda use: (Rename(TF + "multiply"), Append("0.017453292519943295"))),
    "numpy.radians": Row("", _UFUNC, lambda use: (Rename(TF + "multiply"), Append("0.017453292519943295"))),
    "numpy.rad2deg": Row("", _UFUNC, lambda use: (Rename(TF + "multiply"), Append("57.29577951308232"))),
    "numpy.clip": Row("", "a a_min a_max out! min max", _clip),
    "numpy.ndarray.clip": Row("", "a min max out!", _clip),
    "numpy.where": Row("", "condition x y", _where),
    "numpy.dot": Row("", "a b out!", _dot),
    "numpy.inner": Row("", "a b", lambda use: _dot(use) if _ndim(use, "a") == 1 == _ndim(use, "b") else None),
    "numpy.vdot": Row("", "a b", lambda use: _dot(use) if _ndim(use, "a") == 1 == _ndim(use, "b") else None),
    "numpy.matmul": Row("", "x1 x2", _matmul),
    "numpy.outer": Row("", "a b out!", _outer),
    "numpy.tensordot": Row(TF + "tensordot", "a b axes"),
    "numpy.einsum": Row(TF + "einsum", "subscripts *operands"),
    "numpy.concatenate": Row("", "arrays>values axis out! dtype!", _joined("concat", None)),
    "numpy.concat": Row("", "arrays>values axis out! dtype!", _joined("concat", None)),
    "numpy.stack": Row(TF + "stack", "arrays>values axis out!"),
    "numpy.vstack": Row("", "tup>values", _joined("vstack", "0")),
    "numpy.hstack": Row("", "tup>values", _joined("hstack", "1")),
    "numpy.reshape": Row("", "a shape order", _reshape),
    "numpy.ndarray.reshape": Row("", "a *shape", _reshape),
    "numpy.ravel": Row("", "a order~", _flatten),
    "numpy.ndarray.flatten": Row("", "a order~", _flatten),
    "numpy.transpose": Row("", "a axes", _transpose),
    "numpy.ndarray.transpose": Row("", "a *axes", _transpose),
    "numpy.ndarray.T": Row("", "a", lambda use: _to(use, "transpose")),
    "numpy.ndarray.size": Row("", "a", lambda use: _to(use, "size")),
    "numpy.ndarray.shape": Row("", "a", lambda use: (Around("", ""),)),
    "numpy.ndarray.ndim": Row("", "a", lambda use: (Around("", ""),)),
    "numpy.cumsum": Row("", "a>x axis dtype! out!", _flat_only("cumsum")),
    "numpy.cumprod": Row("", "a>x axis dtype! out!", _flat_only("math.cumprod")),
    "numpy.argmax": Row("", "a>input axis out!", _flat_only("argmax")),
    "numpy.argmin": Row("", "a>input axis out!", _flat_only("argmin")),
    "numpy.sort": Row(TF + "sort", "a>values axis kind~ order~"),
    "numpy.flip": Row("", "m axis", _flip),
    "numpy.diff": Row("", "a", _diff),
    "numpy.diag": Row("", "v", _diag),
    "numpy.trace": Row(TF + "linalg.trace", "a"),
    "numpy.average": Row("", "a>input_tensor axis weights!", _average),
    "numpy.pad": Row("", "array pad_width>paddings", _pad),
    "numpy.array": Row("", "object dtype copy~ order~", _made),
    "numpy.asarray": Row("", "object dtype order~", _made),
    "numpy.copy": Row("", "a", lambda use: (Unwrap("a"),) if use["a"].tensor else None),
    "numpy.ndarray.copy": Row("", "a order~", lambda use: (Unwrap("a"),)),
    "numpy.ndarray.astype": Row("", "a dtype copy~", _astype),
    "numpy.ndarray.item": Row("", "a", _item),
    "numpy.round": Row("", "a decimals", _round),
    "numpy.around": Row("", "a decimals", _round),
    "numpy.ndarray.round": Row("", "a decimals", _round),
    "numpy.ndarray.dot": Row("", "a b", _dot),
    "numpy.linalg.norm": Row("", "x>tensor ord axis keepdims", _norm),
    "numpy.linalg.solve": Row("", "a>matrix b>rhs", _solve),
    "scipy.special.expit": Row(TF + "sigmoid", "x"),
    "scipy.special.softmax": Row("", "x axis", _softmax),
    "scipy.special.logsumexp": Row(TF + "reduce_logsumexp", "a axis b! keepdims return_sign!"),
    "math.log": Row("", "x base", _math_log),
    "math.log2": Row(TF + "math.log", "x", _divided(0.6931471805599453)),
    "math.log10": Row(TF + "math.log", "x", _divided(2.302585092994046)),
    "math.fabs": Row(TF + "abs", "x"),
    "math.atan2": Row(TF + "atan2", "x1 x2"),
    "math.pow": Row(TF + "pow", "x1 x2"),
    "math.radians": Row("", "x", lambda use: (Rename(TF + "multiply"), Append("0.017453292519943295"))),
    "math.fsum": Row(TF + "add_n", "a"),
}
_same("det inv cholesky=cholesky slogdet eigh eigvalsh pinv", "a>input", TF + "linalg.", "numpy.linalg.")
_same("exp sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh", "x", TF, "math.")
_same("log1p expm1 erf erfc lgamma", "x", TF + "math.", "math.")
_same("erf erfc gammaln=lgamma digamma psi=digamma log1p expm1", "x", TF + "math.", "scipy.special.")
_same("xlogy", "x y", TF + "math.", "scipy.special.")
for _dtype in ("float16", "float32", "float64", "int32", "int64"):
    ROWS[f"numpy.{_dtype}"] = Row("", "x", _cast(_dtype))


# -- use ---------------------------------------------------------------------------------------------


def row(name: str) -> Row | None:
    """The row of a dotted name; a method's may be its function's."""
    found = ROWS.get(name)
    if found is None and name.startswith("numpy.ndarray."):
        found = ROWS.get("numpy." + name.removeprefix("numpy.ndarray."))
    return found


def parameters(name: str, positional: int, keywords: list[str]) -> list[str] | None:
    """Which parameter each argument of a call fills (the receiver of a method counts as the first)."""
    found = row(name)
    return None if found is None else fill(found.signature, positional, keywords)


def rewrite(use: Use) -> Changes | None:
    """The changes that turn this use of numpy into TensorFlow; None where that is not certain."""
    found = row(use.name)
    if found is None:
        return None
    extra: Changes | None = found.special(use) if found.special else ()
    if extra is None:
        return None
    plain = carried_over(found.signature, use, {c.parameter for c in extra if hasattr(c, "parameter")})
    if plain is None:
        return None
    renamed = any(isinstance(c, (Rename, Unwrap, Whole, Function)) for c in extra) or not found.to
    head: Changes = () if renamed else (Function(found.to),) if use.method else (Rename(found.to),)
    return (*head, *plain, *extra)
