"""Numbers and arrays that remember where they come from, and look like what they are.

A tensor that becomes a numpy array or a Python number leaves its framework; these subclasses carry its
lineage on. They compute with plain values only, so results are bit for bit the program's own, and they
print, format, pickle and name themselves as their base types do.
"""

from __future__ import annotations

import math
from types import GeneratorType

from autofix.probe.lineage import bits
from autofix.probe.watch import Watch

ARITHMETIC = (
    "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow neg pos abs round "
    "trunc floor ceil matmul rmatmul divmod rdivmod"
).split()
SIDE_ROADS = ("__str__", "__repr__", "__format__")
ROOT_NAMES = ("backward",)
MOST_ITEMS = 64


class _Disguise(type):
    """Types that show the name of their base: ``type(x)`` prints as without the probe."""

    def __repr__(cls):
        return repr(cls.__mro__[1])

    @property
    def __name__(cls):
        return cls.__mro__[1].__name__

    def __eq__(cls, other):
        return other is cls or other is cls.__mro__[1]

    def __hash__(cls):
        return hash(cls.__mro__[1])


class Tracking:
    """Makes the tracked types for one run and tags values with them."""

    def __init__(self, watch: Watch, numpy=None):
        self.watch = watch
        self.numpy = numpy
        self.classes: dict[type, type] = {float: self._scalar_class(float), int: self._scalar_class(int)}
        if numpy is not None:
            for base in (numpy.float64, numpy.float32, numpy.float16, numpy.int64, numpy.int32):
                self.classes[base] = self._scalar_class(base)
            self.array_class = self._array_class()
        self.held = lambda op, site, result: result
        """What goes on in place of a result that was cut off (a shifted run holds it still)."""
        watch.tag = self.tag
        watch.facts_of = self.facts

    def tag(self, value, lineage):
        """The same value, carrying ``lineage``; values that cannot carry it come back as they are."""
        numpy = self.numpy
        if numpy is not None and isinstance(value, numpy.ndarray):
            if value.dtype == object:
                return value
            out = value if isinstance(value, self.array_class) else value.view(self.array_class)
            out._lineage = lineage
            return out
        kind = self.classes.get(type(value))
        if kind is None:
            if getattr(type(value), "_autofix_tracked", False):
                return self.tag(plain(value), lineage)
            return value
        out = kind(value)
        out._lineage = lineage
        return out

    def facts(self, value) -> tuple:
        value = plain(value)
        numpy = self.numpy
        if numpy is not None and isinstance(value, numpy.ndarray):
            return "array", str(value.dtype), value.shape
        if numpy is not None and isinstance(value, numpy.generic):
            return "scalar", str(value.dtype), ()
        if isinstance(value, (bool, int, float, complex)):
            return "number", type(value).__name__, ()
        if isinstance(value, (list, tuple)):
            return self._list_facts(value)
        return "other", type(value).__name__, ()

    def _list_facts(self, value) -> tuple:
        """Of a list: its items' kind and type (``mixed`` where they differ), its length and its items' common shape."""
        items = [self.watch.facts_of(item) for item in value[:MOST_ITEMS]]
        kinds, shapes = {kind for kind, _, _ in items}, {tuple(shape) for _, _, shape in items}
        kind, dtype = ("mixed", "mixed") if len(kinds) > 1 else items[0][:2] if items else ("", "")
        return f"{type(value).__name__}:{kind}", dtype, (len(value), *(shapes.pop() if len(shapes) == 1 else (-1,) * bool(items)))

    # -- how a result inherits --------------------------------------------------------------------

    def passed_on(self, op: str, operands, result, site: int | None = None):
        """Tag the result of an off-graph computation with the union of its operands' lineages."""
        watch = self.watch
        if watch.mute:
            return result
        inputs = list(carriers(operands, watch))
        data, cuts, before = watch.merged(inputs)
        if not data or watch.is_tensor(result):
            return result
        values = [v for v in inputs if not watch.is_whole(v) or watch.facts_of(v)[1].startswith("bool")]
        before = watch.merged(values)[2] if values else before
        site = watch.places.here() if site is None else site
        bit = 0
        if any(watch.is_tensor(v) for v in inputs):
            live = 0
            for v in inputs:
                if watch.is_tensor(v):
                    live |= watch.lineage(v).data
            named = watch.named(op, inputs)
            bit = watch.cut(site, named, live, cuts, True)
            result = self.held(named, site, result)
        lineage = watch.derive(inputs, data, cuts | bit, site, bit, result)
        out = self._tag_all(result, lineage)
        if lineage.cuts:
            watch.step(site, op, list(operands), out if isinstance(out, (list, tuple)) else [out], before)
        return out

    def _tag_all(self, result, lineage):
        if type(result) in (tuple, list):
            return type(result)(self._tag_all(item, lineage) for item in result)
        return self.tag(result, lineage)

    def side_road(self, op: str, value, text: str = "") -> None:
        watch = self.watch
        lineage = watch.lineage(value)
        watch.spelled = text, value
        if lineage is not None and lineage.cuts:
            watch.step(watch.places.here(), op, [value], [], {lineage.site})

    def asked_to_be_root(self, value, name: str) -> None:
        """The program treats a plain number or array as a tensor: it dies here, and we know why."""
        if name in ROOT_NAMES:
            lineage = self.watch.lineage(value)
            self.watch.name_sources(lineage.data)
            number = plain(value)
            self.watch.add_root(
                {
                    "site": self.watch.places.here(),
                    "how": "attribute",
                    "value": float(number.sum() if hasattr(number, "sum") else number),
                    "data": bits(lineage.data),
                    "cuts": bits(lineage.cuts),
                    "made": [lineage.site],
                    "requires_grad": False,
                    "error": "AttributeError",
                    "gradients": {},
                    "printed": self.watch.printed(),
                }
            )

    # -- the classes ------------------------------------------------------------------------------

    def _scalar_class(self, base: type) -> type:
        tracking = self
        label = "numpy.ndarray" if base.__module__ == "numpy" else base.__name__
        names = [f"__{name}__" for name in ARITHMETIC if hasattr(base, f"__{name}__")]
        if base.__module__ == "numpy":
            names += ["sum", "mean", "item", "astype", "reshape", "copy", "tolist", "squeeze", "round", "clip"]
            names += ["max", "min", "flatten", "ravel", "conj", "prod"]
        body = {name: _method(tracking, base, name, f"{label}.{name}") for name in names}
        body.update(_shared_body(tracking, base))
        if base is float or base is int:
            body["__array_ufunc__"] = _array_ufunc(tracking)
            body["__float__"] = lambda self: float.__float__(plain(self)) if base is float else float(plain(self))
        elif base.__module__ == "numpy":
            body["__array_ufunc__"] = _array_ufunc(tracking)
        shown = base.__name__ if base.__module__ == "builtins" else f"{base.__module__}.{base.__name__}"
        return _Disguise(shown, (base,), body)

    def _array_class(self) -> type:
        numpy, tracking = self.numpy, self
        base = numpy.ndarray
        names = [
            name
            for name in dir(base)
            if not name.startswith("_") and callable(getattr(base, name)) and name not in ("view", "dump", "dumps", "tofile")
        ]
        names += [f"__{name}__" for name in ARITHMETIC if hasattr(base, f"__{name}__") and name not in ("divmod", "rdivmod")]
        names += ["__getitem__"]
        body = {name: _method(tracking, base, name, f"numpy.ndarray.{name}") for name in names}
        body.update(_shared_body(tracking, base))
        body["__array_ufunc__"] = _array_ufunc(tracking)
        body["__array_function__"] = _array_function(tracking)
        body["__array_finalize__"] = lambda self, other: setattr(
            self, "_lineage", getattr(other, "_lineage", None) or NOTHING
        )
        body["__setitem__"] = _setitem(tracking, base)
        body["__iter__"] = _iterate
        for name in ("T", "flat", "real"):
            if name != "flat":
                body[name] = _property(tracking, base, name)
        for name in ("iadd", "isub", "imul", "itruediv", "ipow"):
            body[f"__{name}__"] = _inplace(tracking, base, f"__{name}__")
        return _Disguise("numpy.ndarray", (base,), body)


class _Nothing:
    data = cuts = 0
    site = alias = source = -1


NOTHING = _Nothing()


def plain(value):
    """The value without our class around it."""
    kind = type(value)
    if getattr(kind, "_autofix_tracked", False):
        return kind._autofix_base_of(value)
    return value


def bare(values, depth: int = 3):
    """Arguments as the real function gets them: plain values, containers up to ``depth`` rebuilt if need be."""
    kind = type(values)
    if kind in (tuple, list) and depth:
        items = [bare(value, depth - 1) for value in values]
        if all(a is b for a, b in zip(items, values)):
            return values
        return kind(items)
    if kind is dict and depth:
        items = {key: bare(value, depth - 1) for key, value in values.items()}
        return values if all(items[key] is values[key] for key in values) else items
    return plain(values)


def carriers(values, watch: Watch, depth: int = 4):
    """The values in (nested) arguments that carry a lineage."""
    for value in values:
        if type(value) in (list, tuple) and depth:
            yield from carriers(value[:512], watch, depth - 1)
        elif type(value) is dict and depth:
            yield from carriers(list(value.values())[:512], watch, depth - 1)
        elif watch.lineage(value) is not None:
            yield value


def _shared_body(tracking: Tracking, base: type) -> dict:
    def base_of(value):
        if tracking.numpy is not None and base is tracking.numpy.ndarray:
            return value.view(base)
        if base is float:
            return float.__pos__(value)
        if base is int:
            return int.__pos__(value)
        return base.__new__(base, value)

    def missing(self, name):
        tracking.asked_to_be_root(self, name) if name in ROOT_NAMES else None
        shown = base.__name__ if base.__module__ == "builtins" else f"{base.__module__}.{base.__name__}"
        raise AttributeError(f"'{shown}' object has no attribute '{name}'", name=name, obj=self)

    body = {
        "_autofix_tracked": True,
        "_autofix_base_of": staticmethod(base_of),
        "_lineage": NOTHING,
        "__getattr__": missing,
        "__class__": property(lambda self: base),
        "__reduce_ex__": lambda self, protocol: plain(self).__reduce_ex__(protocol),
        "__copy__": lambda self: tracking.tag(plain(self), self._lineage),
        "__deepcopy__": lambda self, memo: tracking.tag(
            plain(self).copy() if hasattr(base, "copy") else plain(self), self._lineage
        ),
        "__hash__": base.__hash__,
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
    }
    for name in SIDE_ROADS:
        body[name] = _shown(tracking, base, name)
    return body


def _shown(tracking: Tracking, base: type, name: str):
    function = getattr(base, name)

    def show(self, *args):
        text = function(plain(self), *args)
        tracking.side_road(name.strip("_"), self, text)
        return text

    return show


def _method(tracking: Tracking, base: type, name: str, op: str):
    function = getattr(base, name)
    operator = name.startswith("__")

    def method(self, *args, **kwargs):
        if operator and args and tracking.watch.takes_over(args[0]):
            return NotImplemented
        watch = tracking.watch
        beside = operator and args and watch.is_tensor(args[0])
        known = len(watch.failures)
        try:
            result = function(plain(self), *bare(args), **bare(kwargs))
        except Exception as error:
            if beside:  # what failed inside is this call's failure
                del watch.failures[known:]
                watch.failed(op, (self, *args), error)
            raise
        if result is NotImplemented:
            if beside:  # ``array * tensor``: torch cannot either
                watch.failed(op, (self, *args), TypeError())
            return result
        return tracking.passed_on(op, (self, *args, *kwargs.values()), result)

    method.__name__ = name
    return method


def _property(tracking: Tracking, base: type, name: str):
    getter = getattr(base, name).__get__

    def get(self):
        return tracking.passed_on(f"numpy.ndarray.{name}", (self,), getter(plain(self)))

    return property(get)


def _array_ufunc(tracking: Tracking):
    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if any(tracking.watch.is_tensor(value) for value in inputs):
            return NotImplemented
        if out is not None:
            kwargs["out"] = tuple(bare(item) for item in out)
        result = getattr(ufunc, method)(*bare(inputs), **bare(kwargs))
        op = f"numpy.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        tagged = tracking.passed_on(op, (*inputs, *(out or ())), result)
        if out is None:
            return tagged
        for item in out:
            if getattr(type(item), "_autofix_tracked", False) and hasattr(tagged, "_lineage"):
                item._lineage = tagged._lineage
        return out[0] if len(out) == 1 else out

    return __array_ufunc__


def _array_function(tracking: Tracking):
    def __array_function__(self, function, types, args, kwargs):
        implementation = getattr(function, "_implementation", function)
        result = implementation(*bare(args), **bare(kwargs))
        op = f"{function.__module__}.{function.__name__}"
        return tracking.passed_on(op, (*args, *kwargs.values()), result)

    return __array_function__


def _setitem(tracking: Tracking, base: type):
    def __setitem__(self, key, value):
        base.__setitem__(plain(self), bare(key), bare(value))
        tagged = tracking.passed_on("numpy.ndarray.__setitem__", (self, value), plain(self))
        if hasattr(tagged, "_lineage"):
            self._lineage = tagged._lineage

    return __setitem__


def _inplace(tracking: Tracking, base: type, name: str):
    function = getattr(base, name)

    def inplace(self, other):
        if tracking.watch.is_tensor(other):
            return NotImplemented
        function(plain(self), bare(other))
        tagged = tracking.passed_on(f"numpy.ndarray.{name}", (self, other), plain(self))
        if hasattr(tagged, "_lineage"):
            self._lineage = tagged._lineage
        return self

    return inplace


def _iterate(self):
    if self.ndim == 0:
        raise TypeError("iteration over a 0-d array")
    return (self[index] for index in range(len(self)))


# -- functions that take such values from outside -------------------------------------------------

KEPT = frozenset("pi e inf nan tau".split())
BUFFERS = frozenset("zeros ones empty full zeros_like ones_like empty_like full_like".split())
NO_DATA = frozenset(
    "shape ndim size isscalar iscomplexobj isrealobj result_type can_cast dtype may_share_memory shares_memory "
    "seterr errstate set_printoptions get_printoptions array2string array_repr array_str savetxt save savez printoptions "
    "iinfo finfo issubdtype zeros_like ones_like empty_like testing".split()
)


def patch_math(tracking: Tracking) -> None:
    """``math.*`` on tensors and tracked numbers hands their lineage on."""
    for name in dir(math):
        function = getattr(math, name)
        if not name.startswith("_") and callable(function):
            setattr(math, name, _wrapped(tracking, function, f"math.{name}"))


def patch_statistics(tracking: Tracking, module) -> None:
    """``statistics.mean`` and its kin hand lineages on."""
    for name in "mean fmean median stdev pstdev variance pvariance".split():
        setattr(module, name, _wrapped(tracking, getattr(module, name), f"statistics.{name}"))


def patch_numpy(tracking: Tracking) -> None:
    """numpy's functions hand lineages on, also from lists of numbers and from tensors."""
    numpy = tracking.numpy
    for module, prefix in ((numpy, "numpy"), (numpy.linalg, "numpy.linalg")):
        for name in module.__all__ if hasattr(module, "__all__") else dir(module):
            function = vars(module).get(name)  # getattr would import numpy.f2py and its kin
            if (
                function is None
                or isinstance(function, (type, numpy.ufunc))
                or not callable(function)
                or name in NO_DATA - BUFFERS
            ):
                continue
            op = f"{prefix}.{name}"
            wrapper = _buffer(tracking, function) if name in BUFFERS else _wrapped(tracking, function, op)
            setattr(module, name, wrapper)


def blind_numpy(tracking: Tracking) -> dict:
    """What numpy's types and its functions' methods (``np.add.accumulate``), which no patch reaches, are called as."""
    numpy = tracking.numpy
    types = (numpy.float64, numpy.float32, numpy.float16, numpy.int64, numpy.int32)
    found = {kind: _wrapped(tracking, kind, f"numpy.{kind.__name__}") for kind in types}
    for ufunc in (f for f in vars(numpy).values() if isinstance(f, numpy.ufunc)):
        for method in ("accumulate", "reduce", "outer"):
            function = getattr(ufunc, method)
            found[function] = _wrapped(tracking, function, f"numpy.{ufunc.__name__}.{method}")
    return found


def _wrapped(tracking: Tracking, function, op: str):
    watch = tracking.watch

    def call(*args, **kwargs):
        if not (args or kwargs):
            return function()
        if args and type(args[0]) is GeneratorType:
            args = (list(args[0]), *args[1:])
        operands = (*args, *kwargs.values())
        if next(carriers(operands, watch), None) is None:
            return function(*args, **kwargs)
        site = watch.places.here()
        with watch.within(op):
            result = function(*bare(args), **bare(kwargs))
        if type(result) is bool:
            return result
        return tracking.passed_on(op, operands, plain(result), site)

    return dressed(call, function)


def _buffer(tracking: Tracking, function):
    """New arrays can take lineage later, when path values are written into them."""

    def call(*args, **kwargs):
        result = function(*bare(args), **bare(kwargs))
        if type(result) is tracking.numpy.ndarray and result.dtype != object:
            made = result.view(tracking.array_class)
            made._lineage = Made(tracking.watch.places.here())
            return made
        return result

    return dressed(call, function)


class Made(_Nothing):
    """The lineage of a fresh buffer: no data yet, but a place."""

    def __init__(self, site: int):
        self.site = site


def dressed(call, function):
    """``call`` with the names that ``function``, in whose place it stands, goes by."""
    for name in ("__name__", "__qualname__", "__doc__", "__module__", "__wrapped__"):
        try:
            setattr(call, name, function if name == "__wrapped__" else getattr(function, name))
        except (AttributeError, TypeError):
            pass
    implementation = getattr(function, "_implementation", None)
    if implementation is not None:
        call._implementation = implementation
    return call
