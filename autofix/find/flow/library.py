"""What others provide: builtins, torch, numpy, math and the standard library, as far as gradients go through them."""

from __future__ import annotations

import math

from autofix.find import effects
from autofix.find.effects import Effect
from autofix.find.flow import calls, modules, roots, tensors
from autofix.find.flow.machine import NEXT, Machine, Raised, merge_results
from autofix.find.values import (
    FALSE,
    MISSING,
    NONE,
    TRUE,
    Bound,
    Class,
    Const,
    Datum,
    Either,
    Func,
    Inst,
    Items,
    Map,
    Partial,
    Ref,
    Seq,
    join,
    opaque,
    options,
    plain,
    reached,
    weakened,
)

BUILTINS = frozenset(
    "abs all any bool bytearray bytes callable chr classmethod complex delattr dict dir divmod enumerate eval exec exit filter "
    "float format frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter len list locals map max "
    "memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice sorted "
    "staticmethod str sum super tuple type vars zip Exception ValueError RuntimeError TypeError KeyError IndexError "
    "AttributeError NotImplementedError StopIteration AssertionError ImportError OSError KeyboardInterrupt".split()
)
MODES_OFF = frozenset("torch.no_grad torch.inference_mode torch.autograd.no_grad torch.autograd.grad_mode.no_grad torch.autograd.inference_mode".split())
MODES_ON = frozenset("torch.enable_grad torch.autograd.enable_grad torch.autograd.grad_mode.enable_grad".split())
ALIASES = {
    "torch.functional.": "torch.", "torch.nn.modules.": "torch.nn.", "torch.nn.parameter.": "torch.nn.",
    "torch.nn.modules.linear.": "torch.nn.", "torch.autograd.variable.": "torch.autograd.",
}  # fmt: skip
DTYPES = frozenset("float32 float64 float16 bfloat16 double float half long int64 int32 int16 int8 uint8 int short bool complex64 complex128".split())
OPAQUE_FUNCTIONS = frozenset("torch.load torch.hub.load torch.jit.load torch.jit.trace torch.jit.script torch.vmap torch.fx.symbolic_trace".split())
TRANSPARENT_CALLS = frozenset("torch.compile torch.jit.script tqdm.tqdm tqdm.auto.tqdm tqdm.notebook.tqdm tqdm.trange rich.progress.track typing.cast".split())


def constant(name: str):
    """What a dotted name of another module is."""
    for old, new in ALIASES.items():
        if name.startswith(old):
            name = new + name[len(old) :]
    if name.startswith(("math.", "numpy.")) and name.split(".", 1)[1] in ("pi", "e", "inf", "nan", "tau"):
        return Const(getattr(math, name.split(".", 1)[1]))
    if name in ("sys.argv", "os.environ"):
        return plain()
    return Ref(name)


def call(m: Machine, name: str, args: list, kwargs: dict):
    """Call something of another module by its dotted name."""
    package, _, rest = name.partition(".")
    if package == "builtins":
        return _builtin(m, rest, args, kwargs)
    special = SPECIAL.get(name)
    if special is not None:
        return special(m, args, kwargs)
    if package == "torch":
        return _torch(m, name, rest, args, kwargs)
    if package in ("numpy", "jax"):
        return _numpy(m, name, args, kwargs) if package == "numpy" else m.unknown([*args, *kwargs.values()])
    if package in ("math", "scipy", "cmath"):
        return _off_graph(m, name, args, kwargs)
    if inert(name):
        calls.call_back(m, [*args, *kwargs.values()])
        return plain()
    if package == "operator":
        return _operator(m, rest, args, kwargs)
    return _unknown(m, args, kwargs)


def inert(name: str) -> bool:
    """Whether nothing of that module does anything to a gradient."""
    while name:
        if name in _INERT:
            return True
        name = name.rpartition(".")[0]
    return False


_INERT = frozenset(effects.INERT) - frozenset("random.shuffle".split())


def _unknown(m: Machine, args: list, kwargs: dict):
    values = [*args, *kwargs.values()]
    calls.call_back(m, values)
    return m.unknown(values)


# -- builtins -------------------------------------------------------------------------------------


def _builtin(m: Machine, name: str, args: list, kwargs: dict):
    handler = BUILTIN_CALLS.get(name)
    if handler is not None:
        return handler(m, args, kwargs)
    if name in effects.PLAIN_BUILTINS or name.endswith(("Error", "Exception", "Iteration", "Interrupt")):
        return plain()
    return _unknown(m, args, kwargs)


def _number(name: str):
    def convert(m, args, kwargs):
        value = args[0] if args else Const(0)
        if type(value) is Const:
            try:
                return Const({"float": float, "int": int, "bool": bool, "complex": complex}[name](value.value))
            except (TypeError, ValueError, OverflowError):
                return Datum("number")
        if type(value) is Either:
            return merge_results([convert(m, [option], kwargs) for option in value.options])
        if type(value) is Datum:
            if name == "bool":
                return plain()
            if value.kind in tensors.CARRYING:
                if not value.data and value.kind == "opaque":
                    return Datum("number")
                return tensors.off_graph(m, name, [value], "number")
            new = value.copy()
            new.kind = "number"
            if value.cuts:
                m.step(m.site(), f"float.__{name}__", [value], [new], {value.site} if value.site >= 0 else set())
            return new
        return Datum("number")

    return convert


def _len(m, args, kwargs):
    value = args[0] if args else NONE
    if type(value) is Seq and value.items.rest is None:
        return Const(len(value.items.first))
    if type(value) is Map and value.rest is None:
        return Const(len(value.fields))
    if type(value) is Const and isinstance(value.value, (str, bytes)):
        return Const(len(value.value))
    if type(value) is Inst and value.cls is None and value.module and "*" not in value.attrs:
        return Const(len(value.attrs))
    return Datum("number")


def _range(m, args, kwargs):
    if args and all(type(a) is Const and isinstance(a.value, int) for a in args):
        try:
            span = range(*(a.value for a in args))
        except (TypeError, ValueError):
            return Seq("range", Items((), Datum("number")))
        if len(span) <= 64:
            return Seq("range", Items(tuple(Const(i) for i in span)))
        return Seq("range", Items(tuple(Const(i) for i in span[:3]), Datum("number")))
    return Seq("range", Items((), Datum("number")))


def _sum(m, args, kwargs):
    """Builtin ``sum`` adds one by one."""
    from autofix.find.flow.expressions import binary

    import ast

    items = calls.iterated(m, args[0]) if args else Items()
    values = [args[1] if len(args) > 1 else kwargs.get("start", Const(0)), *items.first]
    total = values[0]
    for value in values[1:40]:
        total = binary(m, ast.Add, total, value)
    for value in values[40:]:
        total = join(total, binary(m, ast.Add, total, value))
    if items.rest is not None:
        total = binary(m, ast.Add, total, weakened(items.rest)) if items.first else binary(m, ast.Add, total, items.rest)
    return total


def _extreme(name):
    def pick(m, args, kwargs):
        values = calls.iterated(m, args[0]).all() if len(args) == 1 else args
        if all(type(v) is Const for v in values) and values and not kwargs:
            try:
                return Const({"max": max, "min": min}[name](v.value for v in values))
            except TypeError:
                return plain()
        if not values:
            return plain()
        data = [v for v in values if type(v) is Datum]
        calls.call_back(m, [v for v in kwargs.values()])
        whole = merge_results(values)
        if type(whole) is Datum and len(data) == len(values):
            whole = whole.copy()
            whole.must = data[0].must if len({d.must for d in data}) == 1 else whole.must
        return whole

    return pick


def _abs(m, args, kwargs):
    value = args[0] if args else plain()
    if type(value) is Const and isinstance(value.value, (int, float)):
        return Const(abs(value.value))
    return tensors.method(m, value, "abs", [], {}) if type(value) is Datum and value.kind != "plain" else plain()


def _round(m, args, kwargs):
    value = args[0] if args else plain()
    if type(value) is Const and isinstance(value.value, (int, float)):
        return Const(value.value) if len(args) > 1 else Datum("number")
    if type(value) is Datum and value.kind == "tensor":
        return tensors.apply(m, "torch.Tensor.round", [value], Effect.ROUNDS)
    if type(value) is Datum and value.data:
        return tensors.off_graph(m, "float.__round__", [value], value.kind if value.kind in ("array", "number") else "number")
    return Datum("number")


def _pow(m, args, kwargs):
    from autofix.find.flow.expressions import binary

    import ast

    return binary(m, ast.Pow, args[0], args[1]) if len(args) >= 2 else plain()


def _zip(m, args, kwargs):
    parts = [calls.iterated(m, a) for a in args]
    if not parts:
        return Seq("generator", Items())
    count = min(len(p.first) if p.rest is None else max(len(p.first), 1) for p in parts)
    short = [len(p.first) for p in parts if p.rest is None]
    count = min(short) if short else max(len(p.first) for p in parts)
    first = tuple(
        Seq("tuple", Items(tuple(p.first[i] if i < len(p.first) else p.rest for p in parts))) for i in range(count)
    )
    rest = None
    if not short:
        rest = Seq("tuple", Items(tuple(p.rest if p.rest is not None else plain() for p in parts)))
    return Seq("generator", Items(first, rest))


def _enumerate(m, args, kwargs):
    items = calls.iterated(m, args[0]) if args else Items()
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    base = start.value if type(start) is Const and isinstance(start.value, int) else None
    first = tuple(
        Seq("tuple", Items((Const(base + i) if base is not None else Datum("number"), v))) for i, v in enumerate(items.first)
    )
    rest = None if items.rest is None else Seq("tuple", Items((Datum("number"), items.rest)))
    return Seq("generator", Items(first, rest))


def _listed(kind):
    def make(m, args, kwargs):
        items = calls.exhausted(m, args[0]) if args else Items()
        return Seq(kind, items)

    return make


def _sorted(m, args, kwargs):
    items = calls.iterated(m, args[0]) if args else Items()
    calls.call_back(m, list(kwargs.values()))
    if items.rest is None and all(type(v) is Const for v in items.first) and not kwargs:
        try:
            return Seq("list", Items(tuple(sorted(items.first, key=lambda c: c.value))))
        except TypeError:
            pass
    every = items.all()
    if not every:
        return Seq("list", Items())
    whole = merge_results(every)
    return Seq("list", Items(tuple(whole for _ in items.first) if items.rest is None else (), whole if items.rest is not None else None))


def _reversed(m, args, kwargs):
    items = calls.iterated(m, args[0]) if args else Items()
    if items.rest is None:
        return Seq("generator", Items(tuple(reversed(items.first))))
    whole = merge_results(items.all())
    return Seq("generator", Items(tuple(whole for _ in items.first[:1]), whole))


def _dict(m, args, kwargs):
    made = Map()
    if args:
        calls.update(m, made, args[0])
    for key, value in kwargs.items():
        if key not in ("*", "**"):
            made.fields[key] = value
        else:
            made.rest = value if made.rest is None else join(made.rest, value)
    return made


def _map(m, args, kwargs):
    parts = [calls.iterated(m, a) for a in args[1:]]
    if not parts:
        return Seq("generator", Items())
    short = [len(p.first) for p in parts if p.rest is None]
    count = min(short) if short else max(len(p.first) for p in parts)
    first = tuple(calls.call(m, args[0], [p.first[i] if i < len(p.first) else p.rest for p in parts], {}) for i in range(min(count, 48)))
    rest = None
    if not short:
        rest = calls.call(m, args[0], [p.rest if p.rest is not None else plain() for p in parts], {})
    elif count > 48:
        rest = merge_results(list(first))
    return Seq("generator", Items(first, rest))


def _filter(m, args, kwargs):
    from autofix.find.flow.expressions import truth

    items = calls.iterated(m, args[1]) if len(args) > 1 else Items()
    kept, rest = [], items.rest
    for value in items.first:
        known = truth(m, value if type(args[0]) is Const else calls.call(m, args[0], [value], {}))
        if known is True:
            kept.append(value)
        elif known is None:
            rest = weakened(value) if rest is None else join(rest, weakened(value))
    return Seq("generator", Items(tuple(kept), rest))


def _next(m, args, kwargs):
    items = calls.iterated(m, args[0]) if args else Items()
    every = items.all()
    if type(args[0]) is Seq and items.first:
        m.set(args[0], "items", Items(items.first[1:], items.rest))
        return items.first[0]
    return merge_results(every) if every else plain()


def _getattr(m, args, kwargs):
    from autofix.find.flow.expressions import attribute

    if len(args) >= 2 and type(args[1]) is Const and isinstance(args[1].value, str):
        if len(args) == 2:
            return attribute(m, args[0], args[1].value)
        results = [args[2]]

        def got():
            results.append(attribute(m, args[0], args[1].value))

        m.fork(lambda: None, got)
        return merge_results(results)
    if args and type(args[0]) is Ref and args[0].name.startswith("torch.nn"):
        return opaque()
    return m.unknown(args)


def _setattr(m, args, kwargs):
    if len(args) == 3 and type(args[1]) is Const and isinstance(args[1].value, str):
        calls.set_attribute(m, args[0], args[1].value, args[2])
    elif len(args) == 3:
        for option in options(args[0]):
            if type(option) is Inst:
                old = option.attrs.get("*", MISSING)
                m.put(option.attrs, "*", args[2] if old is MISSING else join(old, args[2]))
        m.escape(args)
    return NONE


def _super(m, args, kwargs):
    return Bound("super", args[1] if len(args) > 1 else (m.frame.self_value or opaque()))


def _isinstance(m, args, kwargs):
    if len(args) < 2:
        return plain()
    kinds = calls.iterated(m, args[1]).all() if type(args[1]) is Seq else [args[1]]
    answers = {_is_of(args[0], kind) for kind in kinds}
    if True in answers:
        return TRUE
    return FALSE if answers == {False} else plain()


def _is_of(value, kind) -> bool | None:
    name = kind.name if type(kind) is Ref else ""
    if type(value) is Datum:
        if value.kind == "tensor":
            if name in ("torch.Tensor",):
                return True
            if name == "torch.nn.Parameter":
                return value.parameter
            return False if name.startswith("builtins.") or name.startswith("numpy.") or type(kind) is Class else None
        if value.kind in ("array", "number") and name == "torch.Tensor":
            return False
        return None
    if type(value) is Inst and type(kind) is Class:
        if value.cls is None:
            return False
        return True if kind in value.cls.lineage() else (None if value.cls.foreign else False)
    if type(value) is Inst and name.startswith("torch.nn."):
        short = name.rsplit(".", 1)[-1]
        if value.cls is not None:
            if short == "Module":
                return True if value.module and not value.cls.foreign else None
            return None if value.cls.foreign else any(type(b) is Ref and b.name == name for b in value.cls.lineage())
        if short == "Module":
            return value.module
        return value.lib == name or (None if short.startswith("_") or short == "RNNBase" else False)
    if type(value) is Const and name.startswith("builtins."):
        known = {"int": int, "float": float, "str": str, "bool": bool, "complex": complex, "bytes": bytes}.get(name[9:])
        return isinstance(value.value, known) if known is not None else (False if name[9:] in ("list", "tuple", "dict", "set") else None)
    if type(value) is Const and name in ("torch.Tensor", "torch.nn.Module", "torch.nn.Parameter", "numpy.ndarray"):
        return False
    if type(value) in (Seq, Map) and name in ("builtins.list", "builtins.tuple", "builtins.dict", "torch.Tensor", "builtins.set"):
        shown = "dict" if type(value) is Map else value.kind
        return name == f"builtins.{shown}" if shown in ("list", "tuple", "dict", "set") else None
    return None


def _hasattr(m, args, kwargs):
    if len(args) == 2 and type(args[0]) is Inst and type(args[1]) is Const and args[0].cls is not None and not args[0].cls.foreign:
        known = args[1].value in args[0].attrs or args[0].cls.find(args[1].value) is not None
        return TRUE if known else (plain() if args[0].module or "*" in args[0].attrs else FALSE)
    return plain()


def _iter(m, args, kwargs):
    return Seq("generator", calls.iterated(m, args[0])) if len(args) == 1 else _unknown(m, args, kwargs)


def _text(m, args, kwargs):
    if len(args) == 1 and type(args[0]) is Const and isinstance(args[0].value, (str, int)):
        return Const(str(args[0].value))
    return plain()


def _slice(m, args, kwargs):
    if all(type(a) is Const for a in args) and args:
        return Const(slice(*(a.value for a in args)))
    return plain()


def _print(m, args, kwargs):
    return NONE


def _exit(m, args, kwargs):
    raise Raised("SystemExit")


BUILTIN_CALLS = {
    "float": _number("float"), "int": _number("int"), "bool": _number("bool"), "complex": _number("complex"), "len": _len,
    "range": _range, "sum": _sum, "max": _extreme("max"), "min": _extreme("min"), "abs": _abs, "round": _round, "pow": _pow,
    "zip": _zip, "enumerate": _enumerate, "list": _listed("list"), "tuple": _listed("tuple"), "set": _listed("set"),
    "frozenset": _listed("set"), "sorted": _sorted, "reversed": _reversed, "dict": _dict, "map": _map, "filter": _filter,
    "next": _next, "getattr": _getattr, "setattr": _setattr, "super": _super, "isinstance": _isinstance, "hasattr": _hasattr,
    "iter": _iter, "str": _text, "slice": _slice, "print": _print, "exit": _exit, "quit": _exit,
}  # fmt: skip


def _operator(m: Machine, name: str, args: list, kwargs: dict):
    import ast

    from autofix.find.flow.expressions import binary, item

    kinds = {"add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "pow": ast.Pow, "matmul": ast.MatMult}
    if name in kinds and len(args) == 2:
        return binary(m, kinds[name], args[0], args[1])
    if name in ("itemgetter", "attrgetter") and len(args) == 1:
        return Inst(None, f"operator.{name}") if False else Partial(Ref("operator.getitem_of"), args, {})
    if name == "getitem_of" and len(args) == 2:
        return item(m, args[1], args[0])
    return _unknown(m, args, kwargs)


# -- the standard library -------------------------------------------------------------------------


def _partial(m, args, kwargs):
    return Partial(args[0], args[1:], kwargs) if args else opaque()


def _reduce(m, args, kwargs):
    items = calls.iterated(m, args[1]) if len(args) > 1 else Items()
    values = [*args[2:3], *items.all()]
    if not values:
        return opaque()
    total = values[0]
    for value in values[1:20]:
        total = calls.call(m, args[0], [total, value], {})
    if items.rest is not None or len(values) > 20:
        total = join(total, calls.call(m, args[0], [total, values[-1]], {}))
    return total


def _deepcopy(m, args, kwargs):
    return copied(m, args[0] if args else opaque(), {})


def copied(m: Machine, value, done: dict):
    """A deep copy: new leaves of the same data."""
    kind = type(value)
    if id(value) in done:
        return done[id(value)]
    if kind is Datum:
        return done.setdefault(id(value), _copied_datum(m, value))
    if kind is Seq:
        items = Items(tuple(copied(m, v, done) for v in value.items.first), copied(m, value.items.rest, done) if value.items.rest is not None else None)
        return Seq(value.kind, items)
    if kind is Map:
        made = done[id(value)] = Map({k: copied(m, v, done) for k, v in value.fields.items()})
        made.rest = copied(m, value.rest, done) if value.rest is not None else None
        return made
    if kind is Inst:
        made = done[id(value)] = Inst(value.cls, value.lib, m.site())
        made.buffers = value.buffers
        made.attrs = {k: copied(m, v, done) for k, v in value.attrs.items()}
        return made
    if kind is Either:
        return merge_results([copied(m, option, done) for option in value.options])
    return value


def _copied_datum(m: Machine, value: Datum):
    if value.source >= 0:
        source = m.seen.sources[value.source]
        site = m.site()
        new = Datum(value.kind, floating=value.floating)
        if source["requires_grad"] is False:
            new.data, new.must = value.data, value.must
            new.live = value.live & ~(1 << value.source)
            if source["parameter"]:
                m.source(new, "torch.nn.Parameter", site, False, parameter=True)
            return new
        bits = m.cut(site, "torch.Tensor.data", value.data, True) | m.cut(site, "torch.nn.Parameter", value.data, True)
        m.source(new, "torch.nn.Parameter" if source["parameter"] else "torch.Tensor.clone", site, source["requires_grad"], source["parameter"])
        new.data |= value.data
        new.must |= value.must
        new.cuts |= bits | value.cuts
        return new
    return value.copy()


def _shallow(m, args, kwargs):
    value = args[0] if args else opaque()
    if type(value) is Seq:
        return Seq(value.kind, value.items)
    if type(value) is Map:
        return Map(dict(value.fields), value.rest)
    if type(value) is Inst:
        new = Inst(value.cls, value.lib, value.site)
        new.attrs, new.buffers = dict(value.attrs), value.buffers
        return new
    return m.unknown(args) if type(value) is Datum and value.source >= 0 else value


def _namedtuple(m, args, kwargs):
    name = args[0].value if args and type(args[0]) is Const else "tuple"
    fields = args[1] if len(args) > 1 else kwargs.get("field_names", NONE)
    names = None
    if type(fields) is Const and isinstance(fields.value, str):
        names = tuple(fields.value.replace(",", " ").split())
    elif type(fields) is Seq and fields.items.rest is None and all(type(f) is Const for f in fields.items.first):
        names = tuple(str(f.value) for f in fields.items.first)
    if names is None:
        return opaque()
    made = Class(str(name), None, [Ref("object")], {}, ())
    made.record = names
    return made


def _sequence_type(m, args, kwargs):
    return Seq("list", calls.iterated(m, args[0]) if args else Items())


def _defaultdict(m, args, kwargs):
    made = Map()
    factory = args[0] if args else NONE
    if type(factory) is Ref and factory.name in ("builtins.list", "builtins.dict", "builtins.set"):
        made.fields["\0factory"] = factory
    elif args:
        return opaque()
    return made


def _chain(m, args, kwargs):
    from autofix.find.flow.expressions import _appended

    items = Items()
    for value in args:
        items = _appended(items, calls.iterated(m, value))
    return Seq("generator", items)


def _chain_all(m, args, kwargs):
    return _chain(m, calls.iterated(m, args[0]).all() if args else [], {})


def _repeated(m, args, kwargs):
    items = calls.iterated(m, args[0]) if args else Items()
    every = items.all()
    return Seq("generator", Items(items.first, merge_results(every) if every else None))


def _field(m, args, kwargs):
    made = Inst(None, "dataclasses.field")
    made.attrs.update(kwargs)
    return made


def _nullcontext(m, args, kwargs):
    return Inst(None, "contextlib.nullcontext")


def _wraps(m, args, kwargs):
    return Ref("functools.wraps")


def _identity_decorator(m, args, kwargs):
    return args[0] if args and type(args[0]) is Func else Ref("functools.wraps")


def _first(m, args, kwargs):
    return args[0] if args else Ref("functools.wraps")


def _progress(m, args, kwargs):
    """A progress bar around something to iterate over."""
    made = Inst(None, "tqdm.tqdm", m.site())
    made.attrs["over"] = args[0] if args else kwargs.get("iterable", Seq("range", Items((), Datum("number"))))
    return made


def _cast(m, args, kwargs):
    return args[1] if len(args) > 1 else opaque()


def _trange(m, args, kwargs):
    return _progress(m, [_range(m, args, {})], {})


def _raises(m, args, kwargs):
    if len(args) > 1:
        calls.call_back(m, args[1:])
    return Inst(None, "pytest.raises")


# -- torch ----------------------------------------------------------------------------------------


def _torch(m: Machine, name: str, rest: str, args: list, kwargs: dict):
    head, _, tail = rest.partition(".")
    short = name.rsplit(".", 1)[-1]
    if head == "nn" and tail.startswith("functional."):
        return tensors.function(m, _op(name, short), short, args, kwargs)
    if head == "nn" and tail.startswith("init."):
        return _initialised(m, name, args, kwargs)
    if head == "nn" and tail.startswith("utils."):
        return _utilities(m, short, args, kwargs)
    if name in ("torch.nn.Embedding.from_pretrained", "torch.nn.EmbeddingBag.from_pretrained"):
        return modules.pretrained(m, name, args, kwargs)
    if head == "nn" and "." not in tail and tail:
        return modules.make(m, tail, args, kwargs)
    if head == "optim":
        if tail.startswith("lr_scheduler") or tail.startswith("swa_utils"):
            return plain() if tail.startswith("lr_scheduler") else _unknown(m, args, kwargs)
        return roots.make_optimizer(m, args, kwargs)
    if head == "distributions":
        return _distribution(m, name, args, kwargs)
    if name in OPAQUE_FUNCTIONS or head in ("jit", "func", "hub", "fx", "onnx", "distributed", "multiprocessing", "ao", "_dynamo", "_inductor", "export", "package"):
        return _unknown(m, args, kwargs)
    if inert(name):
        return plain()
    if head == "utils":
        return _unknown(m, args, kwargs)
    if head in effects.CONSTRUCTORS or head in effects.FROM_ITEMS:
        return tensors.constructed(m, f"torch.{head}", head, args, kwargs)
    if head == "Tensor" and tail:
        return tensors.method(m, args[0], short, args[1:], kwargs) if args and type(args[0]) is Datum else _unknown(m, args, kwargs)
    if head in ("linalg", "fft", "special", "sparse") or not tail:
        if short == "normal" and any(tensors.is_live(d) for d in tensors.carriers(args)):
            return tensors.apply(m, "torch.normal", tensors.carriers(args), Effect.ROUNDS)
        if short == "normal":
            return tensors.made(m, name, "randn", [], kwargs)
        if any(type(a) is Datum and a.kind == "opaque" for a in args[:1]) and short in tensors.METHODS:
            return tensors.method(m, args[0], short, args[1:], kwargs)
        return tensors.function(m, name if tail else f"torch.{short}", short, args, kwargs)
    return _unknown(m, args, kwargs)


def _op(name: str, short: str) -> str:
    return f"torch.{short}" if effects.of(short) is not Effect.KEEPS else name


def _initialised(m: Machine, name: str, args: list, kwargs: dict):
    """``nn.init`` writes under no_grad and gives its tensor back."""
    return args[0] if args else kwargs.get("tensor", plain())


def _utilities(m: Machine, short: str, args: list, kwargs: dict):
    if short in ("clip_grad_norm_", "clip_grad_value_", "clip_grad_norm"):
        return plain()
    if short in ("parameters_to_vector",):
        return tensors.apply(m, f"torch.nn.utils.{short}", tensors.carriers(args), short="cat")
    if short in ("pad_sequence", "pack_padded_sequence", "pad_packed_sequence", "pack_sequence"):
        new = tensors.apply(m, f"torch.nn.utils.rnn.{short}", tensors.carriers(args), short="cat")
        return Seq("tuple", Items((new, plain()))) if short == "pad_packed_sequence" else new
    return _unknown(m, args, kwargs)


def _mode_off(m, args, kwargs):
    if args and type(args[0]) is Func:
        args[0].grad_mode = False
        return args[0]
    if args and type(args[0]) is Const and args[0].value is False:
        return Inst(None, "torch.mode.on")
    return Inst(None, "torch.mode.off" if not args or type(args[0]) is Const else "torch.mode.unknown")


def _inference(m, args, kwargs):
    made = _mode_off(m, args, kwargs)
    if type(made) is Inst and made.lib == "torch.mode.off":
        made.attrs["inference"] = TRUE
    return made


def _mode_on(m, args, kwargs):
    if args and type(args[0]) is Func:
        args[0].grad_mode = True
        return args[0]
    return Inst(None, "torch.mode.on")


def _switched(m, args, kwargs):
    """``torch.set_grad_enabled(x)``: as a call it switches for good, as a context manager until the end of the block."""
    flag = args[0] if args else kwargs.get("mode", NONE)
    known = bool(flag.value) if type(flag) is Const else None
    made = Inst(None, {True: "torch.mode.on", False: "torch.mode.off", None: "torch.mode.unknown"}[known])
    m.set(m, "grad_mode", known)
    m.set(m, "mode_sites", (*m.mode_sites, m.site()) if known is False else ())
    return made


def _checkpoint(m, args, kwargs):
    """``checkpoint(f, *args)``; where no input requires grad, the re-entrant kind loses the parameters' gradients."""
    if not args:
        return opaque()
    reentrant = kwargs.get("use_reentrant", TRUE)
    dead = type(reentrant) is Const and reentrant.value and not any(tensors.is_live(d) for d in tensors.carriers(args[1:]))
    clean = {k: v for k, v in kwargs.items() if k not in ("use_reentrant", "preserve_rng_state", "determinism_check", "context_fn", "debug")}
    result = calls.call(m, args[0], args[1:], clean)
    if not dead or type(result) is not Datum or result.kind != "tensor":
        return result
    return tensors.apply(m, "torch.utils.checkpoint.checkpoint", [result], Effect.CUTS)


def _functional_call(m, args, kwargs):
    if len(args) < 2 or type(args[0]) is not Inst or type(args[1]) is not Map:
        return _unknown(m, args, kwargs)
    module, given = args[0], args[1]
    swapped = []
    for path, child in list(modules.named_modules(module)):
        for key in list(child.attrs):
            full = f"{path}.{key}" if path else key
            if full in given.fields:
                swapped.append((child, key, child.attrs[key]))
                m.put(child.attrs, key, given.fields[full])
    inputs = args[2] if len(args) > 2 else kwargs.get("args", Seq("tuple", Items()))
    passed = list(inputs.items.first) if type(inputs) is Seq and inputs.kind == "tuple" else [inputs]
    keyed = args[3] if len(args) > 3 else kwargs.get("kwargs")
    try:
        result = calls.call(m, module, passed, dict(keyed.fields) if type(keyed) is Map else {})
    finally:
        for child, key, old in swapped:
            m.put(child.attrs, key, old)
    if given.rest is not None:
        result = join(result, m.unknown([result, given]))
    return result


def _backward_function(m, args, kwargs):
    given = args[0] if args else kwargs.get("tensors", plain())
    roots.differentiate(m, "backward", tensors.carriers([given]), sure=type(given) is Datum and given.kind == "tensor")
    return NONE


def _autograd_grad(m, args, kwargs):
    return roots.autograd_grad(m, args, kwargs)


def _variable(m, args, kwargs):
    return tensors.constructed(m, "torch.autograd.Variable", "Variable", args, kwargs)


def _is_grad_enabled(m, args, kwargs):
    return plain() if m.grad_mode is None else (TRUE if m.grad_mode else FALSE)


def _loader(m, args, kwargs):
    """Batches are data: they hold no gradient."""
    batch = Datum("opaque", hidden=False)
    for datum in reached(args):
        batch.data |= datum.data
        batch.live |= datum.live
        batch.hidden = batch.hidden or datum.kind != "opaque" and datum.hidden
    return batch


def _wrapped_model(m, args, kwargs):
    made = Inst(None, "torch.nn.Sequential", m.site())
    made.attrs["module"] = args[0] if args else kwargs.get("module", opaque())
    return made


# -- distributions --------------------------------------------------------------------------------

DISCRETE = frozenset("Categorical Bernoulli OneHotCategorical Binomial Multinomial Poisson Geometric NegativeBinomial".split())


def _distribution(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if short == "kl_divergence":
        return tensors.apply(m, name, tensors.carriers(args), short="add")
    if short[:1].isupper():
        made = Inst(None, f"torch.distributions.{short}", m.site())
        for number, value in enumerate((*args, *kwargs.values())):
            made.attrs[f"given{number}"] = value
        return made
    return _unknown(m, args, kwargs)


def distribution_attribute(m: Machine, value: Inst, name: str):
    short = value.lib.rsplit(".", 1)[-1]
    if name in ("sample", "rsample", "log_prob", "entropy", "cdf", "icdf", "sample_n", "expand", "enumerate_support"):
        return Bound(name, value)
    if name in ("mean", "loc", "scale", "stddev", "variance", "probs", "logits", "rate", "mode"):
        return tensors.apply(m, f"torch.distributions.{name}", tensors.carriers(list(value.attrs.values())), short="add")
    return Bound(name, value) if short else opaque()


def object_method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    """A method of an object of a library."""
    if value.lib.startswith("torch.distributions."):
        short = value.lib.rsplit(".", 1)[-1]
        inputs = tensors.carriers(list(value.attrs.values()))
        if name in ("sample", "sample_n"):
            op = {"Categorical": "torch.multinomial", "OneHotCategorical": "torch.multinomial"}.get(short)
            if op and short == "Categorical":
                return tensors.apply(m, op, inputs, Effect.WHOLE)
            discrete = short in DISCRETE
            new = tensors.apply(m, f"torch.distributions.{short}.sample", inputs, Effect.CUTS)
            new.floating = None if discrete else True
            return new
        if name in ("rsample", "log_prob", "entropy", "cdf", "icdf"):
            new = tensors.apply(m, f"torch.distributions.{name}", [*inputs, *tensors.carriers(args)], short="add")
            new.floating = True
            return new
        return m.unknown([value, *args])
    if value.lib == "tqdm.tqdm":
        return plain()
    if value.lib.startswith("torch.mode") or value.lib in ("contextlib.nullcontext", "pytest.raises", "dataclasses.field"):
        return NONE
    calls.call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def call_object(m: Machine, value: Inst, args: list, kwargs: dict):
    if value.lib.startswith("torch.mode") and args and type(args[0]) is Func:
        args[0].grad_mode = {"torch.mode.off": False, "torch.mode.on": True}.get(value.lib)
        return args[0]
    return _unknown(m, [value, *args], kwargs)


def class_method(m: Machine, cls: Class, name: str, args: list, kwargs: dict):
    """``Function.apply`` and other methods that a class has from its library."""
    if name == "apply" and any(isinstance(b, Ref) and b.name.endswith("autograd.Function") for b in cls.lineage()):
        return _applied(m, cls, args, kwargs)
    if cls.record is not None and name == "_make":
        return calls.instantiate(m, cls, list(calls.iterated(m, args[0]).all()), {}) if args else opaque()
    return m.unknown([*args, *kwargs.values()])


def _applied(m: Machine, cls: Class, args: list, kwargs: dict):
    """A custom ``autograd.Function``: what its ``backward`` gives None for gets no gradient."""
    import ast

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
    import ast

    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in ("zeros_like", "zeros") and isinstance(node.func.value, ast.Name) and node.func.value.id == "torch"
    return isinstance(node, ast.Constant) and node.value is None


# -- numpy and math -------------------------------------------------------------------------------


def _numpy(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if inert(name) or short in effects.NUMPY_FACTS:
        if short in ("zeros_like", "ones_like"):
            return Datum("array", site=m.site())
        return plain() if short not in ("float32", "float64") else _off_graph(m, name, args, kwargs)
    operands = [*args, *kwargs.values()]
    calls.call_back(m, operands)
    inputs = tensors.carriers(operands)
    ufunc = short in effects.UFUNCS and name.count(".") == 1
    for value in args:
        alive = [d for d in tensors.carriers([value]) if d.kind == "tensor" and d.sure]
        if alive and (ufunc and type(value) is Datum or type(value) is Seq or short in ("where", "dot", "stack", "array", "asarray")):
            op = "torch.Tensor.__array__" if ufunc else name
            tensors.fail(m, op, "RuntimeError", tensors.TO_NUMPY, alive[0].data)
    if any(d.kind == "tensor" for d in args if type(d) is Datum) and not ufunc and short in ("squeeze", "mean", "sum", "max", "min", "prod", "std", "var", "reshape", "transpose", "clip"):
        given = args[0]
        if type(given) is Datum and given.kind == "tensor":
            return Datum("opaque", given.data, 0, given.live, given.cuts, True, site=m.site())
    if any(d.kind == "opaque" and d.hidden for d in inputs) and short in ("squeeze", "mean", "sum", "max", "min", "prod", "std", "var", "reshape", "transpose", "clip"):
        return m.unknown(operands)
    wrapped = [d for d in args if type(d) is Datum and d.kind == "tensor"]
    if ufunc and wrapped and not any(tensors.is_live(d) for d in wrapped):
        return tensors.apply(m, "torch.Tensor.__array_wrap__", inputs, operands=operands)
    return tensors.off_graph(m, "torch.Tensor.__array__" if ufunc and any(d.kind in tensors.CARRYING and d.data for d in inputs) else name, inputs, "array", operands)


def _off_graph(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if name.startswith("math.") and args and all(type(a) is Const for a in args):
        try:
            return Const(getattr(math, short)(*(a.value for a in args)))
        except (TypeError, ValueError, AttributeError, OverflowError):
            return Datum("number")
    values = [*args, *kwargs.values()]
    if any(type(v) in (Func, Bound, Partial) for v in values) or not name.startswith(("math.", "scipy.special.", "numpy.", "cmath.")) and any(tensors.is_live(d) for d in tensors.carriers(values)):
        calls.call_back(m, values)
        m.escape(values)
    wrapped = [v for v in values if type(v) is Datum and v.kind == "tensor"]
    if name.startswith("scipy.special.") and wrapped and not any(tensors.is_live(d) for d in wrapped):
        return tensors.apply(m, "torch.Tensor.__array_wrap__", tensors.carriers(values), operands=values)
    kind = "number" if name.startswith(("math.", "cmath.")) else "array"
    result = tensors.off_graph(m, name, tensors.carriers(values), kind, values)
    return result if name.startswith(("math.", "cmath.", "numpy.", "scipy.special.")) or result.data else opaque()


# -- methods of containers and constants ----------------------------------------------------------


def container_method(m: Machine, value, name: str, args: list, kwargs: dict):
    """A method of a list, dict, string or other constant."""
    if type(value) is Const:
        return _constant_method(m, value, name, args)
    if type(value) is Map:
        return _dict_method(m, value, name, args, kwargs)
    return _list_method(m, value, name, args)


def _constant_method(m: Machine, value: Const, name: str, args: list):
    if value.value is None:
        raise m.none_used(f"'NoneType' object has no attribute '{name}'")
    if name == "backward" and isinstance(value.value, (int, float)):
        roots.on_number(m, Datum("number"))
    if isinstance(value.value, str) and name in ("lower", "upper", "strip", "split", "startswith", "endswith", "replace"):
        if all(type(a) is Const for a in args):
            try:
                made = getattr(value.value, name)(*(a.value for a in args))
            except TypeError:
                return plain()
            if isinstance(made, list):
                return Seq("list", Items(tuple(Const(part) for part in made[:64])))
            return Const(made)
    return plain()


def _list_method(m: Machine, value: Seq, name: str, args: list):
    from autofix.find.flow.expressions import _appended

    items = value.items
    if name in ("append", "add", "appendleft", "put") and args:
        m.set(value, "items", Items((*items.first, args[0])) if items.rest is None and len(items.first) < 200 else Items(items.first, join(items.rest, args[0]) if items.rest is not None else args[0]))
        return NONE
    if name in ("extend", "update", "extendleft") and args:
        m.set(value, "items", _appended(items, calls.iterated(m, args[0])))
        return NONE
    if name == "insert" and len(args) > 1:
        if type(args[0]) is Const and isinstance(args[0].value, int) and items.rest is None:
            first = list(items.first)
            first.insert(args[0].value, args[1])
            m.set(value, "items", Items(tuple(first)))
        else:
            every = merge_results([*items.all(), args[1]])
            m.set(value, "items", Items(tuple(every for _ in items.first[:1]), every))
        return NONE
    if name in ("pop", "popleft"):
        if items.rest is None and items.first and (not args or type(args[0]) is Const):
            first = list(items.first)
            try:
                one = first.pop(0 if name == "popleft" else (args[0].value if args else -1))
            except (IndexError, TypeError):
                raise Raised("IndexError") from None
            m.set(value, "items", Items(tuple(first)))
            return one
        every = items.all()
        whole = merge_results(every) if every else opaque()
        m.set(value, "items", Items((), whole))
        return whole
    if name == "copy":
        return Seq(value.kind, items)
    if name == "clear":
        m.set(value, "items", Items())
        return NONE
    if name in ("reverse", "sort", "remove", "discard", "rotate"):
        if name == "reverse" and items.rest is None:
            m.set(value, "items", Items(tuple(reversed(items.first))))
        elif items.all():
            whole = merge_results(items.all())
            m.set(value, "items", Items(tuple(whole for _ in items.first[:-1]), whole))
        return NONE
    if name in ("index", "count"):
        return Datum("number")
    if name in ("backward",):
        raise Raised("AttributeError", "object has no attribute 'backward'", m.site())
    return m.unknown([value, *args])


def _dict_method(m: Machine, value: Map, name: str, args: list, kwargs: dict):
    rest = value.rest
    fields = {k: v for k, v in value.fields.items() if k != "\0factory"}
    if name == "items":
        pairs = tuple(Seq("tuple", Items((Const(k), v))) for k, v in fields.items())
        return Seq("list", Items(pairs, None if rest is None else Seq("tuple", Items((plain(), rest)))))
    if name == "values":
        return Seq("list", Items(tuple(fields.values()), rest))
    if name == "keys":
        return Seq("list", Items(tuple(Const(k) for k in fields), None if rest is None else plain()))
    if name in ("get", "pop", "setdefault") and args:
        return _got(m, value, name, args)
    if name == "update":
        for given in args:
            calls.update(m, value, given)
        for key, one in kwargs.items():
            m.put(value.fields, key, one)
        return NONE
    if name == "copy":
        return Map(dict(value.fields), rest)
    if name == "clear":
        for key in list(value.fields):
            m.drop(value.fields, key)
        m.set(value, "rest", None)
        return NONE
    if name == "popitem":
        every = value.all()
        return Seq("tuple", Items((plain(), merge_results(every) if every else opaque())))
    return m.unknown([value, *args])


def _got(m: Machine, value: Map, name: str, args: list):
    key, default = args[0], args[1] if len(args) > 1 else NONE
    if type(key) is Const and calls._hashable(key.value):
        if key.value in value.fields:
            found = value.fields[key.value]
            if name == "pop":
                m.drop(value.fields, key.value)
            return found
        if value.rest is None:
            if name == "setdefault":
                m.put(value.fields, key.value, default)
            return default
        if name == "setdefault":
            m.set(value, "rest", join(value.rest, default))
        return join(value.rest, default)
    every = value.all()
    if name == "setdefault":
        m.set(value, "rest", default if value.rest is None else join(value.rest, default))
        every = value.all()
    return merge_results([*every, default])


SPECIAL = {
    "functools.partial": _partial, "functools.reduce": _reduce, "functools.wraps": _wraps, "functools.lru_cache": _identity_decorator,
    "copy.deepcopy": _deepcopy, "copy.copy": _shallow, "collections.namedtuple": _namedtuple, "collections.deque": _sequence_type,
    "collections.OrderedDict": _dict, "collections.defaultdict": _defaultdict, "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_all, "itertools.cycle": _repeated, "dataclasses.field": _field,
    "contextlib.nullcontext": _nullcontext, "tqdm.tqdm": _progress, "tqdm.auto.tqdm": _progress, "tqdm.notebook.tqdm": _progress,
    "tqdm.trange": _trange, "tqdm.auto.trange": _trange, "typing.cast": _cast, "pytest.raises": _raises, "sys.exit": _exit,
    "contextlib.suppress": _raises, "torch.compile": _first, "torch.no_grad": _mode_off, "torch.inference_mode": _inference,
    "torch.autograd.no_grad": _mode_off, "torch.enable_grad": _mode_on, "torch.autograd.enable_grad": _mode_on,
    "torch.set_grad_enabled": _switched, "torch.autograd.set_grad_enabled": _switched, "torch._C._set_grad_enabled": _switched,
    "torch.utils.checkpoint.checkpoint": _checkpoint, "torch.func.functional_call": _functional_call,
    "torch.nn.utils.stateless.functional_call": _functional_call, "torch.autograd.backward": _backward_function,
    "torch.autograd.grad": _autograd_grad, "torch.autograd.Variable": _variable, "torch.is_grad_enabled": _is_grad_enabled,
    "torch.utils.data.DataLoader": _loader, "torch.nn.DataParallel": _wrapped_model, "builtins.functools": _wraps,
    "torch.nn.parallel.DistributedDataParallel": _wrapped_model,
}  # fmt: skip
__all__ = ["NEXT"]
