"""The domain of the flow: what an expression may be, and what of the targets is in it.

A ``Datum`` is a tensor, array, number or something unknown. Sets of sources and of cuts are bit masks:
``data`` and ``live`` say what may be in it (with or without gradient), ``must`` what surely is. Whatever is
not known counts as carrying gradient, so that silence about a source is proof.
"""

from __future__ import annotations

from typing import Any


class Const:
    """A Python value that the source spells out."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value


NONE, TRUE, FALSE = Const(None), Const(True), Const(False)
EAGER = frozenset(["eager", "variable"])
"""The kinds of TensorFlow's tensors and variables."""


class Datum:
    """Something numeric or unknown.

    ``kind``: tensor, array, number, plain (anything that holds no gradient), opaque (anything at all).
    ``hidden``: gradient of tensors that nobody sees here may be in it. ``sure``: it surely requires grad.
    ``ghost``: it may require grad, though nothing comes back by that way (rounding). ``dtype``: empty where unknown.
    ``gradient_of``: the source that it is the gradient of, or -1.
    ``node``: the operation that made it, as the list of those before it, None where it has no graph.
    ``nodes``: operations of its graph that a backward pass frees. ``saved``: what an operation keeps of it for its backward pass. ``spoiled``: its graph needs a value that was overwritten. ``inference``: made in inference mode.
    ``source``: the source that it is, or -1. ``alias``: the source whose memory it shares.
    ``lineage``: what a value of TensorFlow was made from (``flow.tf_lineage``), of a ``tape`` what it has recorded.
    """

    __slots__ = (
        "alias",
        "cuts",
        "data",
        "dtype",
        "floating",
        "ghost",
        "gradient_of",
        "hidden",
        "inference",
        "kind",
        "lineage",
        "live",
        "must",
        "node",
        "nodes",
        "parameter",
        "retains",
        "saved",
        "scalar",
        "site",
        "source",
        "spoiled",
        "sure",
    )  # fmt: skip

    def __init__(self, kind, data=0, must=0, live=0, cuts=0, hidden=False, sure=False, site=-1, floating=None):
        self.kind, self.data, self.must, self.live, self.cuts = kind, data, must, live, cuts
        self.hidden, self.sure, self.site, self.floating = hidden, sure, site, floating
        self.source = self.alias = self.gradient_of = -1
        self.retains = self.ghost = self.parameter = self.inference = self.scalar = self.spoiled = False
        self.saved: tuple = ()
        self.dtype = ""
        self.node: list | None = None
        self.nodes = 0
        self.lineage = None

    def copy(self) -> Datum:
        """Another datum that carries the same."""
        new = Datum(self.kind, self.data, self.must, self.live, self.cuts, self.hidden, self.sure, self.site, self.floating)
        new.alias, new.ghost, new.inference, new.scalar = self.alias, self.ghost, self.inference, self.scalar
        new.node, new.nodes = self.node, self.nodes
        new.lineage, new.retains = self.lineage, self.retains
        return new


class Items:
    """The elements of a sequence: those at known places, and what any further one is (None: there is none)."""

    __slots__ = ("first", "rest")

    def __init__(self, first: tuple = (), rest=None):
        self.first, self.rest = first, rest

    def all(self) -> list:
        return [*self.first, self.rest] if self.rest is not None else list(self.first)


class Seq:
    """A list, tuple, set or iterator. ``source``: the generator that a generator expression draws from."""

    __slots__ = ("items", "kind", "source")

    def __init__(self, kind: str, items: Items, source: Seq | None = None):
        self.kind, self.items, self.source = kind, items, source


class Map:
    """A dict: values by constant keys, and what stands under keys that are not known."""

    __slots__ = ("fields", "rest")

    def __init__(self, fields: dict | None = None, rest=None):
        self.fields, self.rest = {} if fields is None else fields, rest

    def all(self) -> list:
        return [*self.fields.values(), self.rest] if self.rest is not None else list(self.fields.values())


class Ref:
    """Something of another module, by its dotted name."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name


class Class:
    """A class of the program. ``bases`` are Classes and Refs; ``foreign`` where one of them is unknown."""

    __slots__ = ("attrs", "bases", "foreign", "layer", "module", "name", "node", "record", "scope")

    def __init__(self, name, node, bases, attrs, scope):
        self.name, self.node, self.bases, self.attrs, self.scope = name, node, bases, attrs, scope
        self.record: tuple | None = None
        self.module = any(b.module if isinstance(b, Class) else is_module_ref(b) for b in bases)
        self.layer = any(b.layer if isinstance(b, Class) else is_layer_ref(b) for b in bases)
        self.foreign = any(b.foreign if isinstance(b, Class) else not known_base(b) for b in bases)

    def lineage(self) -> list:
        """This class and its bases, nearest first."""
        found, waiting = [], [self]
        while waiting:
            one = waiting.pop(0)
            if one not in found:
                found.append(one)
                waiting = (list(one.bases) if isinstance(one, Class) else []) + waiting
        return found

    def find(self, name: str, after: Class | None = None):
        """An attribute of the class or its nearest base that has it; ``after``: as ``super()`` looks."""
        line = [c for c in self.lineage() if isinstance(c, Class)]
        for one in line[line.index(after) + 1 :] if after in line else line:
            if name in one.attrs:
                return one.attrs[name]
        return None


def is_module_ref(base) -> bool:
    return isinstance(base, Ref) and base.name.startswith("torch.nn.") and base.name.count(".") <= 4


LAYERS = frozenset(["keras.layers.Layer", "keras.Layer", "keras.Model", "keras.models.Model", "keras.Sequential", "tensorflow.Module"])


def is_layer_ref(base) -> bool:
    """Whether this is a base of Keras's layers and models (or TensorFlow's modules)."""
    return isinstance(base, Ref) and (base.name in LAYERS or base.name.startswith("keras.layers."))


def known_base(base) -> bool:
    """Bases whose methods are known here: those add nothing that could move a gradient."""
    if not isinstance(base, Ref):
        return False
    known = ("torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module", "builtins.object", "object")
    prefix = ("typing.", "abc.", "enum.", "builtins.", "torch.autograd.Function", "torch.autograd.function.Function", "torch.utils.data.")
    return base.name in known or base.name in LAYERS or base.name.startswith(prefix) or base.name.startswith("torch.nn.") and base.name.count(".") == 2


class Inst:
    """An object of a class of the program, or of a known one of a library (``lib``)."""

    __slots__ = ("attrs", "buffers", "cls", "lib", "site")

    def __init__(self, cls: Class | None, lib: str = "", site: int = -1):
        self.cls, self.lib, self.site = cls, lib, site
        self.attrs: dict[str, Any] = {}
        self.buffers: frozenset[str] = frozenset()

    @property
    def module(self) -> bool:
        return self.cls.module if self.cls is not None else self.lib.startswith("torch.nn.")

    @property
    def layer(self) -> bool:
        return self.cls.layer if self.cls is not None else self.lib.startswith(("keras.layers.", "keras.Sequential", "keras.Model"))


class Func:
    """A function of the program. ``veiled``: an unknown decorator may do more than its body says; ``file``: where it stands."""

    __slots__ = ("attrs", "defaults", "file", "grad_mode", "kind", "kwdefaults", "name", "node", "owner", "scope", "veiled")

    def __init__(self, node, scope, defaults, kwdefaults, name, file):
        self.node, self.scope, self.defaults, self.kwdefaults, self.name = node, scope, defaults, kwdefaults, name
        self.file, self.owner = file, None
        self.attrs: dict = {}
        self.kind = ""
        self.grad_mode: bool | None | str = "as is"
        self.veiled = False


class Bound:
    """A function with its first argument, or a method name on a value of a known kind."""

    __slots__ = ("func", "self")

    def __init__(self, func, self_value):
        self.func, self.self = func, self_value


class Partial:
    """``functools.partial``."""

    __slots__ = ("args", "func", "kwargs")

    def __init__(self, func, args, kwargs):
        self.func, self.args, self.kwargs = func, args, kwargs


class Either:
    """One of several values."""

    __slots__ = ("options",)

    def __init__(self, options: tuple):
        self.options = options


def plain() -> Datum:
    """Something that holds no gradient."""
    return Datum("plain")


def opaque(data: int = 0, live: int = 0, cuts: int = 0) -> Datum:
    """Something that nothing is known about."""
    return Datum("opaque", data=data, live=live, cuts=cuts, hidden=True)


# -- joining --------------------------------------------------------------------------------------

MOST_OPTIONS = 4


class Missing:
    """Stands for a name or key that is not there."""


MISSING = Missing()


def join(a, b):
    """What is either ``a`` or ``b``."""
    if a is b:
        return a
    if a is MISSING:
        return weakened(b)
    if b is MISSING:
        return weakened(a)
    kind = type(a)
    if kind is type(b):
        if kind is Const:
            return a if same_constant(a.value, b.value) else _either(a, b)
        if kind is Datum and a.source < 0 and b.source < 0:
            return joined_data(a, b)
        if kind is Items:
            return _joined_items(a, b)
        if kind is Seq and a.kind == b.kind == "tuple" and len(a.items.first) == len(b.items.first):
            return Seq("tuple", _joined_items(a.items, b.items))
        if kind is Ref and a.name == b.name:
            return a
        if kind is Bound and a.func is b.func and a.self is b.self:
            return a
        if kind is int:
            return a | b
        if kind is bool:
            return a if a == b else None
    if kind is bool or type(b) is bool or a is None or b is None:
        return None if kind in (bool, type(None)) and type(b) in (bool, type(None)) else (b if a is None else a)
    if isinstance(a, (frozenset, str, tuple, dict)) or isinstance(b, (frozenset, str, tuple, dict)):
        return a | b if isinstance(a, frozenset) and isinstance(b, frozenset) else b
    return _either(a, b)


def same_constant(a, b) -> bool:
    return type(a) is type(b) and (a == b or a is b)


def joined_data(a: Datum, b: Datum) -> Datum:
    kind = a.kind if a.kind == b.kind else ("opaque" if "opaque" in (a.kind, b.kind) else _wider(a.kind, b.kind))
    new = Datum(
        kind,
        a.data | b.data,
        a.must & b.must,
        a.live | b.live,
        a.cuts | b.cuts,
        a.hidden or b.hidden,
        a.sure and b.sure,
        a.site if a.site >= 0 else b.site,
        a.floating if a.floating == b.floating else None,
    )
    new.alias = a.alias if a.alias == b.alias else -1
    new.retains = a.retains or b.retains
    new.ghost = a.ghost or b.ghost
    new.scalar = a.scalar and b.scalar
    new.spoiled = a.spoiled and b.spoiled
    new.node = either_node(a.node, b.node)
    new.nodes = a.nodes & b.nodes
    new.dtype = a.dtype if a.dtype == b.dtype else ""
    if a.lineage is not None or b.lineage is not None:
        _either_lineage(new, a, b)
    return new


def _either_lineage(new: Datum, a: Datum, b: Datum) -> None:
    if a.kind != b.kind or a.kind == "tape":
        new.kind = "opaque"
    if "tape" in (a.kind, b.kind):
        new.hidden = True
    else:
        new.lineage = either_lineage(a.lineage, b.lineage)


def either_lineage(a, b):
    """What one of two was made from."""
    from autofix.find.flow import tf_lineage

    return tf_lineage.either(a, b)


def either_node(a: list | None, b: list | None) -> list | None:
    """A graph that is one of two."""
    if a is b or b is None:
        return a
    return b if a is None else [a, b]


def _wider(a: str, b: str) -> str:
    """Of a tensor and a number: a tensor or not, nobody knows; but what it carries is known."""
    return "mixed" if "tensor" in (a, b) or "mixed" in (a, b) else ("array" if "array" in (a, b) else "number")


def _joined_items(a: Items, b: Items) -> Items:
    count = min(len(a.first), len(b.first))
    first = tuple(join(x, y) for x, y in zip(a.first, b.first))
    rest = None
    for value in (*a.first[count:], *b.first[count:], a.rest, b.rest):
        if value is not None:
            rest = weakened(value) if rest is None else join(rest, weakened(value))
    return Items(first, rest)


def weakened(value):
    """The same, but perhaps not there: nothing of it is certain."""
    if type(value) is Datum and value.source < 0 and value.must:
        value = value.copy()
        value.must = 0
        value.lineage = value.lineage and perhaps(value)
    return value


def perhaps(value: Datum):
    """What it was made from, if it is there at all."""
    from autofix.find.flow import tf_lineage

    return value.lineage if value.kind == "tape" else tf_lineage.perhaps(value.lineage)


def _either(a, b):
    options: list = []
    for value in (a, b):
        for option in value.options if type(value) is Either else (value,):
            merged = False
            for index, known in enumerate(options):
                if known is option or _alike(known, option):
                    merged = True
                    break
                if type(known) is Datum and type(option) is Datum and known.source < 0 and option.source < 0:
                    options[index] = joined_data(known, option)
                    merged = True
                    break
            if not merged:
                options.append(option)
    constants = [o for o in options if type(o) is Const and isinstance(o.value, (int, float)) and not isinstance(o.value, bool)]
    if len(constants) > 1:
        options = [o for o in options if o not in constants]
        return _either(_either_of(options), Datum("number")) if options else Datum("number")
    return _either_of(options)


def _either_of(options: list):
    if len(options) == 1:
        return options[0]
    if len(options) <= MOST_OPTIONS:
        return Either(tuple(options))
    return summary(options)


def _alike(a, b) -> bool:
    if type(a) is Const and type(b) is Const:
        return same_constant(a.value, b.value)
    return type(a) is Ref and type(b) is Ref and a.name == b.name


def summary(values) -> Datum:
    """Something that may be any of many values, or come out of them: whatever they carry may be in it."""
    return carrying(reached(values))


def carrying(data: list[Datum]) -> Datum:
    """Something unknown that carries what these do."""
    result = opaque()
    for datum in data:
        result.data |= datum.data
        result.live |= datum.live
        result.cuts |= datum.cuts
    known = [datum.lineage for datum in data if datum.lineage is not None and datum.kind != "tape"]
    if known:
        from autofix.find.flow import tf_lineage

        result.lineage = tf_lineage.unknown(known)
    return result


def reached(values, most: int = 4000) -> list[Datum]:
    """Every datum that can be got at through these values (attributes, elements, closures excepted)."""
    found, seen, waiting = [], set(), list(values)
    while waiting and most:
        most -= 1
        value = waiting.pop()
        kind = type(value)
        if kind is Datum:
            found.append(value)
            continue
        if kind is Const or kind is Ref or value is None or id(value) in seen:
            continue
        seen.add(id(value))
        if kind is Items or kind is Map:
            waiting += value.all()
        elif kind is Seq:
            waiting += value.items.all()
        elif kind is Inst:
            waiting += value.attrs.values()
        elif kind is Bound:
            waiting += (value.self, value.func)
        elif kind is Partial:
            waiting += (*value.args, *value.kwargs.values())
        elif kind is Either:
            waiting += value.options
    return found


def options(value) -> tuple:
    """The alternatives of a value."""
    return value.options if type(value) is Either else (value,)
