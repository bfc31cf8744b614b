"""numpy's arrays beside tensors: which hold floating-point numbers, and what its random numbers are."""

from __future__ import annotations

from autofix import effects
from autofix.find.flow import tf_values
from autofix.find.flow.machine import Machine
from autofix.find.values import Const, Datum, Inst, Ref, plain

DRAWN = frozenset("rand randn random random_sample normal uniform standard_normal exponential gamma beta laplace lognormal multivariate_normal".split())
INTEGERS = frozenset("randint integers permutation poisson binomial".split())
MADE = frozenset("linspace ones zeros full eye identity empty logspace geomspace".split())
WHOLE = effects.WHOLE | frozenset(
    "argpartition flatnonzero digitize lexsort array_equal histogram lt gt le ge eq ne isin in1d ndim size len __lt__ __gt__ __le__ __ge__".split()
)
DIVISIONS = frozenset("__truediv__ divide true_divide".split())
SMOOTH = frozenset("exp log log1p log2 log10 sqrt sin cos tan tanh sinh cosh arctan expm1 mean std var average".split())


def random(m: Machine, short: str, args: list, kwargs: dict):
    """``np.random.short(...)``, or a method of a generator."""
    if short in ("default_rng", "RandomState", "Generator"):
        return Inst(None, "numpy.random.Generator", m.site())
    if short in DRAWN or short in INTEGERS:
        sized = bool(args or kwargs) or short == "rand"
        return Datum("array" if sized else "number", floating=short in DRAWN, site=m.site())
    return plain()


def floating(op: str, inputs: list[Datum], operands: list) -> bool | None:
    """Whether an array that numpy has made holds floating-point numbers, None where that is not known."""
    short = op.rsplit(".", 1)[-1]
    types = [tf_values.floating_type(v) for v in operands if type(v) is Ref or type(v) is Const and isinstance(v.value, str)]
    if short == "astype" or True in types or False in types:
        return types[0] if len(types) == 1 else None
    if short in MADE or short in SMOOTH:
        return True
    if short in ("arange", "asarray", "array") and not any(d.floating for d in inputs):
        numbers = [v.value for v in operands if type(v) is Const and isinstance(v.value, (int, float))]
        return True if any(isinstance(v, float) for v in numbers) else False if len(numbers) == len(operands) else None
    if short in WHOLE or short == "where" and len(operands) == 1:
        return False
    if any(d.floating for d in inputs) or short in DIVISIONS:
        return True
    return False if inputs and all(d.floating is False for d in inputs) else None
