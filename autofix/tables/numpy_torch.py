"""numpy, scipy.special and math in torch's words: one row per name.

``rewrite(use)`` answers with the changes that turn one call into torch's, ``None`` where there is no
row or the row does not fit. ``parameters`` tells which parameter each argument fills. Every row is held
to numpy by tests/test_numpy_table.py: same values, and a gradient where there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autofix.tables import Change, Changes, InsertAfter, Rename, Replace, Unwrap, Use, Whole, Wrap
from autofix.tables import numpy_torch_special as special
from autofix.tables.signatures import carried_over, fill, parse

Special = Callable[[Use], "Changes | None"]


@dataclass(frozen=True, slots=True)
class Row:
    """One name: its torch name, its signature, and what the signature cannot say.

    ``special`` runs first on the use; its changes are added to those of the signature.
    ``method`` is the Tensor method where it is not the function's last name; ``""`` if there is none.
    """

    to: str
    signature: str
    special: Special | None = None
    method: str | None = None
    sequence: bool = False
    """The first argument is a list of arrays, not an array."""


_UFUNC = "x out! where! casting~ order~ dtype! subok~"
_BINARY = "x1 x2 out! where! casting~ order~ dtype! subok~"
_TENSORS = "x1@ x2@ out! where! casting~ order~ dtype! subok~"
_LEFT = "x1@ x2 out! where! casting~ order~ dtype! subok~"
_REDUCE = "a axis>dim dtype:>dtype= out! keepdims>keepdim= initial! where!"
_AMAX = "a axis>dim out! keepdims>keepdim= initial! where!"

ROWS: dict[str, Row] = {}


def _same(names: str, signature: str, prefix: str = "torch.") -> None:
    """Rows whose name is the same on both sides."""
    for name in names.split():
        ROWS[f"numpy.{name}"] = Row(prefix + name, signature)


def _others(pairs: str, signature: str, origin: str = "numpy.", prefix: str = "torch.") -> None:
    """Rows ``theirs=ours``."""
    for pair in pairs.split():
        theirs, _, ours = pair.partition("=")
        ROWS[origin + theirs] = Row(prefix + (ours or theirs), signature)


# -- elementwise -------------------------------------------------------------------------------------

_same("exp exp2 expm1 log log2 log10 log1p sqrt square abs absolute negative positive sign floor ceil trunc", _UFUNC)
_same("sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh deg2rad rad2deg reciprocal", _UFUNC)
_same("isnan isfinite isinf signbit logical_not bitwise_not conj", _UFUNC)
_same("isneginf isposinf real imag sinc i0 angle", "x out!")
_others("fabs=abs degrees=rad2deg radians=deg2rad rint=round fix=trunc conjugate=conj invert=bitwise_not", _UFUNC)
_others("acos asin atan acosh asinh atanh", _UFUNC)
_same("add subtract multiply divide true_divide", _BINARY)
_others("power=pow pow float_power floor_divide", _BINARY)
_same("fmax fmin hypot arctan2 logaddexp logaddexp2 heaviside bitwise_and bitwise_or bitwise_xor", _TENSORS)
_others("atan2=arctan2 logical_and logical_or logical_xor", _TENSORS)
_same("copysign greater greater_equal less less_equal not_equal", _LEFT)
_others("equal=eq", _LEFT)
ROWS |= {
    "numpy.maximum": Row("torch.maximum", _TENSORS, special.bound("min")),
    "numpy.minimum": Row("torch.minimum", _TENSORS, special.bound("max")),
    "numpy.mod": Row("torch.remainder", _BINARY, special.modulus),
    "numpy.remainder": Row("torch.remainder", _BINARY, special.modulus),
    "numpy.fmod": Row("torch.fmod", _LEFT),
    "numpy.clip": Row("torch.clip", "a a_min>min a_max>max out! min max", special.clip),
    "numpy.ndarray.clip": Row("torch.clip", "a min max out!", special.clip),
    "numpy.cbrt": Row("", _UFUNC, special.cbrt),
    "numpy.round": Row("torch.round", "a decimals>decimals= out!"),
    "numpy.around": Row("torch.round", "a decimals>decimals= out!"),
    "numpy.nan_to_num": Row("torch.nan_to_num", "x copy~ nan>nan= posinf>posinf= neginf>neginf="),
    "numpy.where": Row("torch.where", "condition@ x y", special.where),
    "numpy.isclose": Row("torch.isclose", "a@ b@ rtol atol equal_nan"),
    "numpy.allclose": Row("torch.allclose", "a@ b@ rtol atol equal_nan"),
    "numpy.array_equal": Row("torch.equal", "a1@ a2@ equal_nan!"),
}

# -- reductions --------------------------------------------------------------------------------------

_same("sum mean prod nansum nanmean", _REDUCE)
_same("all any", "a axis>dim out! keepdims>keepdim= where!")
_same("argmax argmin", "a axis>dim out! keepdims>keepdim=")
_same("count_nonzero", "a axis>dim keepdims!")
ROWS["numpy.prod"] = Row("torch.prod", _REDUCE, special.one_axis)
for _name, _to in {"max": "max", "amax": "max", "min": "min", "amin": "min"}.items():
    ROWS[f"numpy.{_name}"] = Row(f"torch.{_to}", _AMAX, special.extremum(_to))
for _name in ("std", "var"):
    _signature = "a axis>dim dtype! out! ddof>correction= keepdims>keepdim= where! mean! correction>correction="
    ROWS[f"numpy.{_name}"] = Row(f"torch.{_name}", _signature, special.spread)
ROWS |= {
    "numpy.median": Row("torch.quantile", "a axis>dim= out! overwrite_input~ keepdims>keepdim=", special.median),
    "numpy.nanmedian": Row("torch.nanquantile", "a axis>dim= out! overwrite_input~ keepdims>keepdim=", special.median),
    "numpy.average": Row("torch.mean", "a axis>dim weights returned! keepdims>keepdim=", special.average),
    "numpy.ptp": Row("", "a axis out! keepdims!", special.ptp),
    "numpy.cumsum": Row("torch.cumsum", "a axis>dim dtype:>dtype= out!", special.running),
    "numpy.cumprod": Row("torch.cumprod", "a axis>dim dtype:>dtype= out!", special.running),
    "numpy.trace": Row("torch.trace", "a offset! axis1! axis2! dtype! out!", special.matrix),
}
_quantile = "a q axis>dim= out! overwrite_input~ method>interpolation= keepdims>keepdim= weights!"
for _name, _to in {"quantile": "quantile", "nanquantile": "nanquantile"}.items():
    ROWS[f"numpy.{_name}"] = Row(f"torch.{_to}", _quantile, special.quantile(1))
for _name, _to in {"percentile": "quantile", "nanpercentile": "nanquantile"}.items():
    ROWS[f"numpy.{_name}"] = Row(f"torch.{_to}", _quantile, special.quantile(100))

# -- shape -------------------------------------------------------------------------------------------

_same("atleast_1d atleast_2d", "a")
_same("fliplr flipud", "m")
_same("tril triu", "m k>diagonal")
_same("kron", "a@ b@")
_same("broadcast_to", "array shape subok~")
_same("argwhere", "a")
_same("argsort", "a axis>dim kind~ order! stable>stable=")
_same("diff", "a n axis>dim prepend>prepend= append>append=")
ROWS |= {
    "numpy.concatenate": Row("torch.cat", "arrays axis>dim out! dtype! casting~", special.join, "", True),
    "numpy.concat": Row("torch.cat", "arrays axis>dim out! dtype! casting~", special.join, "", True),
    "numpy.stack": Row("torch.stack", "arrays axis>dim out! dtype! casting~", special.join, "", True),
    **{
        f"numpy.{name}": Row(f"torch.{name}", "arrays dtype! casting~", special.join, "", True)
        for name in ("vstack", "hstack", "dstack", "column_stack", "row_stack")
    },
    "numpy.reshape": Row("torch.reshape", "a shape order! newshape>shape copy~", special.tuple_of("shape")),
    "numpy.ndarray.reshape": Row("", "a *shape order!", special.same_method),
    "numpy.ravel": Row("torch.ravel", "a order!"),
    "numpy.ndarray.flatten": Row("", "a order!", special.same_method),
    "numpy.squeeze": Row("torch.squeeze", "a axis>dim"),
    "numpy.expand_dims": Row("torch.unsqueeze", "a axis>dim", special.one_axis),
    "numpy.transpose": Row("torch.permute", "a axes>dims", special.transpose),
    "numpy.permute_dims": Row("torch.permute", "a axes>dims", special.transpose),
    "numpy.ndarray.transpose": Row("", "a *axes", special.transpose_method),
    "numpy.matrix_transpose": Row("torch.transpose", "x", special.matrix_transpose),
    "numpy.swapaxes": Row("torch.swapaxes", "a axis1>axis0 axis2>axis1"),
    "numpy.moveaxis": Row("torch.moveaxis", "a source destination"),
    "numpy.broadcast_arrays": Row("torch.broadcast_tensors", "*args subok~", None, ""),
    "numpy.split": Row("torch.tensor_split", "a indices_or_sections axis>dim=", None, "tensor_split"),
    "numpy.array_split": Row("torch.tensor_split", "a indices_or_sections axis>dim="),
    "numpy.vsplit": Row("torch.vsplit", "a indices_or_sections"),
    "numpy.hsplit": Row("torch.hsplit", "a indices_or_sections"),
    "numpy.dsplit": Row("torch.dsplit", "a indices_or_sections"),
    "numpy.tile": Row("torch.tile", "a reps>dims", special.tuple_of("reps")),
    "numpy.repeat": Row("torch.repeat_interleave", "a repeats axis>dim="),
    "numpy.flip": Row("torch.flip", "m axis>dims", special.flip),
    "numpy.roll": Row("torch.roll", "a shift>shifts axis>dims"),
    "numpy.rot90": Row("torch.rot90", "m k axes>dims"),
    "numpy.pad": Row("torch.nn.functional.pad", "array pad_width mode! constant_values>value=", special.pad),
    "numpy.append": Row("torch.cat", "arr values axis!", special.append),
    "numpy.diag": Row("torch.diag", "v k>diagonal"),
    "numpy.diagflat": Row("torch.diagflat", "v k>offset"),
    "numpy.diagonal": Row("torch.diagonal", "a offset axis1>dim1 axis2>dim2"),
    "numpy.take": Row("torch.take", "a indices axis>dim= out! mode~", special.take),
    "numpy.take_along_axis": Row("torch.take_along_dim", "arr@ indices@ axis>dim="),
    "numpy.sort": Row("torch.sort", "a axis>dim= kind~ order! stable>stable=", special.sort, ""),
    "numpy.nonzero": Row("torch.nonzero", "a", special.nonzero),
    "numpy.searchsorted": Row("torch.searchsorted", "a@ v side>side= sorter!"),
    "numpy.meshgrid": Row("torch.meshgrid", "*xi copy~ sparse! indexing>indexing=", special.meshgrid, ""),
    "numpy.shape": Row("", "a", special.attribute("shape")),
    "numpy.ndim": Row("", "a", special.attribute("ndim")),
    "numpy.size": Row("torch.numel", "a axis!"),
}

# -- products and linear algebra ---------------------------------------------------------------------

ROWS |= {
    "numpy.dot": Row("torch.dot", "a b out!", special.dot),
    "numpy.matmul": Row("torch.matmul", "x1 x2 out! casting~ order~ dtype! subok~"),
    "numpy.inner": Row("torch.inner", "a@ b@"),
    "numpy.vdot": Row("torch.vdot", "a@ b@", special.vectors),
    "numpy.outer": Row("torch.outer", "a@ b@ out!", special.vectors),
    "numpy.vecdot": Row("torch.linalg.vecdot", "x1@ x2@ axis>dim=", None, ""),
    "numpy.tensordot": Row("torch.tensordot", "a@ b@ axes>dims"),
    "numpy.einsum": Row("torch.einsum", "subscripts *operands out! optimize~", None, ""),
    "numpy.cross": Row("torch.linalg.cross", "a@ b@ axisa! axisb! axisc! axis>dim=", None, ""),
    "numpy.trapezoid": Row("torch.trapezoid", "y x dx>dx= axis>dim="),
    "numpy.trapz": Row("torch.trapezoid", "y x dx>dx= axis>dim="),
    "numpy.gradient": Row("torch.gradient", "f *varargs axis! edge_order>edge_order=", special.gradient, ""),
}
_LINALG = {
    "inv pinv det slogdet eig eigvals matrix_rank cholesky": "a",
    "eigh eigvalsh": "a UPLO",
    "solve": "a@ b@",
    "matrix_power": "a n",
    "cond": "x p",
    "multi_dot": "arrays out!",
    "qr": "a mode",
    "tensorinv": "a ind",
    "svdvals": "x",
    "vector_norm": "x axis>dim= keepdims>keepdim= ord>ord=",
    "matrix_norm": "x keepdims>keepdim= ord>ord=",
    "diagonal": "x offset>offset=",
}
for _names, _signature in _LINALG.items():
    for _name in _names.split():
        ROWS[f"numpy.linalg.{_name}"] = Row(f"torch.linalg.{_name}", _signature, None, "", _name == "multi_dot")
ROWS |= {
    "numpy.linalg.norm": Row("torch.linalg.norm", "x ord axis>dim keepdims>keepdim", None, ""),
    "numpy.linalg.svd": Row("torch.linalg.svd", "a full_matrices>full_matrices= compute_uv hermitian!", special.svd, ""),
    "numpy.linalg.outer": Row("torch.outer", "x1@ x2@", special.vectors, ""),
    "numpy.linalg.matmul": Row("torch.matmul", "x1 x2", None, ""),
    "numpy.linalg.trace": Row("torch.trace", "x offset! dtype!", special.matrix, ""),
}
for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    ROWS[f"numpy.fft.{_name}"] = Row(f"torch.fft.{_name}", "a n axis>dim norm out!", None, "")
for _name in ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"):
    ROWS[f"numpy.fft.{_name}"] = Row(f"torch.fft.{_name}", "a s axes>dim norm out!", None, "")
for _name in ("fftshift", "ifftshift"):
    ROWS[f"numpy.fft.{_name}"] = Row(f"torch.fft.{_name}", "x axes>dim", None, "")

# -- making, copying, casting ------------------------------------------------------------------------

ROWS |= {
    "numpy.array": Row("torch.stack", "object dtype: copy~ order~ subok~ ndmin!", special.array, ""),
    "numpy.asarray": Row("torch.stack", "object dtype: order~ device~ copy~", special.array, ""),
    "numpy.asanyarray": Row("torch.stack", "object dtype: order~", special.array, ""),
    "numpy.ascontiguousarray": Row("torch.stack", "object dtype:", special.array, ""),
    "numpy.copy": Row("torch.clone", "a order~ subok~"),
    "numpy.ndarray.copy": Row("torch.clone", "a order~"),
    "numpy.astype": Row("", "a dtype: copy~", special.astype_function),
    "numpy.ndarray.astype": Row("", "a dtype: order~ casting~ subok~ copy~", special.astype),
    "numpy.ndarray.item": Row("", "a *index", special.item),
    "numpy.ndarray.tolist": Row("", "a", special.same_method),
    "numpy.ndarray.fill": Row("torch.fill_", "a value"),
    "numpy.ndarray.dot": Row("torch.dot", "a b out!", special.dot),
    "numpy.ndarray.repeat": Row("torch.repeat_interleave", "a repeats axis>dim="),
    "numpy.ndarray.sort": Row("", "a", special.refuse),
    "numpy.ndarray.round": Row("torch.round", "a decimals>decimals= out!"),
    "numpy.ndarray.T": Row("", "a", special.attribute_T),
    "numpy.ndarray.mT": Row("", "a", special.attribute("mT")),
    "numpy.ndarray.size": Row("", "a", special.size),
    "numpy.ndarray.real": Row("", "a", special.attribute("real")),
    "numpy.ndarray.imag": Row("", "a", special.attribute("imag")),
    "numpy.ndarray.shape": Row("", "a", special.attribute("shape")),
    "numpy.ndarray.ndim": Row("", "a", special.attribute("ndim")),
    "numpy.ndarray.dtype": Row("", "a", special.attribute("dtype")),
}
for _name in ("zeros", "ones", "empty"):
    ROWS[f"numpy.{_name}"] = Row(f"torch.{_name}", "shape dtype:>dtype= order~ device! like!", special.made, "")
    ROWS[f"numpy.{_name}_like"] = Row(f"torch.{_name}_like", "a dtype:>dtype= order~ subok~ shape!", None, "")
ROWS |= {
    "numpy.full": Row("torch.full", "shape fill_value dtype:>dtype= order~", special.made, ""),
    "numpy.full_like": Row("torch.full_like", "a fill_value dtype:>dtype= order~ subok~ shape!", None, ""),
    "numpy.eye": Row("torch.eye", "N M k! dtype:>dtype= order~", special.made, ""),
    "numpy.identity": Row("torch.eye", "n dtype:>dtype=", special.made, ""),
    "numpy.linspace": Row("torch.linspace", "start stop>end num>steps endpoint! retstep! dtype:>dtype=", special.linspace, ""),
}
for _dtype in ("float16", "float32", "float64", "double", "single", "half", "int32", "int64"):
    ROWS[f"numpy.{_dtype}"] = Row("", "x", special.cast(_dtype), "")

# -- scipy.special -----------------------------------------------------------------------------------

_SCIPY = "erf erfc erfinv exp2 expm1 log1p i0 i0e i1 i1e ndtr ndtri log_ndtr erfcx"
_others(_SCIPY + " logit gammaln psi digamma entr sinc", "x out!", "scipy.special.", "torch.special.")
_others("expit=sigmoid gammaln=lgamma loggamma=lgamma erf erfc erfinv logit", "x out!", "scipy.special.")
_others("exp2 expm1 log1p digamma i0 sinc psi=digamma", "x out!", "scipy.special.")
_others("xlogy", "x1 x2 out!", "scipy.special.")
_others("xlog1py", "x1 x2 out!", "scipy.special.", "torch.special.")
_others("log_expit=logsigmoid softplus", "x out!", "scipy.special.", "torch.nn.functional.")
ROWS |= {
    "scipy.special.softmax": Row("torch.softmax", "x axis>dim", special.needs_axis),
    "scipy.special.log_softmax": Row("torch.log_softmax", "x axis>dim", special.needs_axis),
    "scipy.special.logsumexp": Row("torch.logsumexp", "a axis>dim b! keepdims>keepdim= return_sign!", special.needs_axis),
    "scipy.special.polygamma": Row("torch.polygamma", "n x"),
    "scipy.special.multigammaln": Row("torch.mvlgamma", "a d>p"),
    "scipy.linalg.inv": Row("torch.linalg.inv", "a overwrite_a~ check_finite~", None, ""),
    "scipy.linalg.det": Row("torch.linalg.det", "a overwrite_a~ check_finite~", None, ""),
    "scipy.linalg.expm": Row("torch.linalg.matrix_exp", "A", None, ""),
    "scipy.linalg.solve": Row(
        "torch.linalg.solve", "a@ b@ lower~ overwrite_a~ overwrite_b~ check_finite~ assume_a~ transposed!", None, ""
    ),
    "scipy.linalg.norm": Row("torch.linalg.norm", "a ord axis>dim keepdims>keepdim check_finite~", None, ""),
    "scipy.linalg.cholesky": Row("torch.linalg.cholesky", "a lower overwrite_a~ check_finite~", special.lower, ""),
    "scipy.linalg.block_diag": Row("torch.block_diag", "*arrays", None, ""),
}

# -- math --------------------------------------------------------------------------------------------

_MATH = "exp expm1 log2 log10 log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc exp2 lgamma"
for _name in _MATH.split():
    ROWS[f"math.{_name}"] = Row(f"torch.{_name}", "x", special.number, "")
for _pair in "fabs=abs degrees=rad2deg radians=deg2rad isnan isfinite isinf".split():
    _name, _, _to = _pair.partition("=")
    ROWS[f"math.{_name}"] = Row(f"torch.{_to or _name}", "x", special.number, "")
for _pair in "pow fmod copysign atan2 hypot".split():
    ROWS[f"math.{_pair}"] = Row(f"torch.{_pair}", "x1@ x2@" if _pair != "pow" else "x1 x2", None, "")
ROWS["math.log"] = Row("torch.log", "x base", special.math_log, "")
ROWS["math.prod"] = Row("torch.prod", "a start!", None, "")
ROWS["math.fsum"] = Row("torch.sum", "a", None, "")

# -- statistics --------------------------------------------------------------------------------------

for _name, _row in {"mean": "mean", "fmean": "mean", "stdev": "std", "variance": "var"}.items():
    ROWS[f"statistics.{_name}"] = Row(f"torch.{_row}", "a", None, "")
for _name, _to in {"pstdev": "std", "pvariance": "var"}.items():
    ROWS[f"statistics.{_name}"] = Row(f"torch.{_to}", "a", special.population, "")
ROWS["statistics.median"] = Row("torch.quantile", "a", special.median, "")


# -- use ---------------------------------------------------------------------------------------------


def row(name: str) -> Row | None:
    """The row of a dotted name; a method's may be its function's."""
    found = ROWS.get(name)
    if found is None and name.startswith("numpy.ndarray."):
        found = ROWS.get("numpy." + name.removeprefix("numpy.ndarray."))
        if found is not None and found.method == "":
            return None
    return found


def parameters(name: str, positional: int, keywords: list[str]) -> list[str] | None:
    """Which parameter each argument of a call fills (the receiver of a method counts as the first)."""
    found = row(name)
    return None if found is None else fill(found.signature, positional, keywords)


def rewrite(use: Use) -> Changes | None:
    """The changes that turn this use of numpy into torch; None where that is not certain."""
    found = row(use.name)
    if found is None:
        return None
    extra: Changes | None = found.special(use) if found.special else ()
    if extra is None:
        return None
    settled = {c.parameter for c in extra if hasattr(c, "parameter")}
    plain, tensors = carried_over(found.signature, use, settled), _tensors(found, use, settled)
    if plain is None or tensors is None:
        return None
    renamed = any(isinstance(c, (Rename, Unwrap, Whole)) for c in extra) or not found.to
    head = () if renamed else (Rename(_name(found, use)),)
    return (*head, *_lists(found, use, extra), *tensors, *plain, *extra)


def _name(found: Row, use: Use) -> str:
    return (found.method or found.to.rsplit(".", 1)[-1]) if use.method else found.to


def _tensors(found: Row, use: Use, settled: set[str]) -> list[Change] | None:
    """Numbers made tensors and dtypes renamed, where the signature says so."""
    changes: list[Change] = []
    for parameter in parse(found.signature):
        argument = use.arguments.get(parameter.name)
        if argument is None or parameter.name in settled:
            continue
        if parameter.mark == ":":
            dtype = special.torch_dtype(argument)
            if dtype is None:
                return None
            changes.append(Replace(parameter.name, dtype))
        if parameter.mark == "@" and not argument.arrayish:
            changes.append(special.as_tensor(use, parameter.name))
    return changes


def _lists(found: Row, use: Use, extra: Changes) -> list[Change]:
    """A list of tensors where an array is wanted becomes one tensor."""
    first = next(iter(use.arguments), None)
    if found.sequence or first is None or any(getattr(c, "parameter", "") == first for c in extra if not isinstance(c, InsertAfter)):
        return []
    if special.is_generator(use[first]):
        return [Wrap(first, "torch.stack(list(", "))")]
    if found.to.endswith("stack") or use.method or not special.is_list(use[first]):
        return []
    return [Wrap(first, "torch.stack(", ")")]


__all__ = ["ROWS", "Row", "parameters", "rewrite", "row"]
