"""The standard library, as far as gradients go through it: functools, itertools, copy, collections, tqdm."""

from __future__ import annotations

from autofix.find.flow import builtin, calls, elements
from autofix.find.flow.machine import Machine, merge_results
from autofix.find.values import (
    NONE,
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
)


def partial(m, args, kwargs):
    return Partial(args[0], args[1:], kwargs) if args else opaque()


def reduce(m, args, kwargs):
    items = elements.iterated(m, args[1]) if len(args) > 1 else Items()
    values = [*args[2:3], *items.all()]
    if not values:
        return opaque()
    total = values[0]
    for value in values[1:20]:
        total = calls.call(m, args[0], [total, value], {})
    if items.rest is not None or len(values) > 20:
        total = join(total, calls.call(m, args[0], [total, values[-1]], {}))
    return total


def deepcopy(m, args, kwargs):
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


def shallow(m, args, kwargs):
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


def namedtuple(m, args, kwargs):
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


def sequence_type(m, args, kwargs):
    return Seq("list", elements.iterated(m, args[0]) if args else Items())


def defaultdict(m, args, kwargs):
    made = Map()
    factory = args[0] if args else NONE
    if type(factory) is Ref and factory.name in ("builtins.list", "builtins.dict", "builtins.set"):
        made.fields["\0factory"] = factory
    elif args:
        return opaque()
    return made


def chain(m, args, kwargs):

    items = Items()
    for value in args:
        items = elements.appended(items, elements.iterated(m, value))
    return Seq("generator", items)


def chain_all(m, args, kwargs):
    return chain(m, elements.iterated(m, args[0]).all() if args else [], {})


def repeated(m, args, kwargs):
    items = elements.iterated(m, args[0]) if args else Items()
    every = items.all()
    return Seq("generator", Items(items.first, merge_results(every) if every else None))


def field(m, args, kwargs):
    made = Inst(None, "dataclasses.field")
    made.attrs.update(kwargs)
    return made


def wraps(m, args, kwargs):
    return Ref("functools.wraps")


def identity_decorator(m, args, kwargs):
    return args[0] if args and type(args[0]) is Func else Ref("functools.wraps")


def first(m, args, kwargs):
    return args[0] if args else Ref("functools.wraps")


def progress(m, args, kwargs):
    """A progress bar around something to iterate over."""
    made = Inst(None, "tqdm.tqdm", m.site())
    made.attrs["over"] = args[0] if args else kwargs.get("iterable", Seq("range", Items((), Datum("number"))))
    return made


def cast(m, args, kwargs):
    return args[1] if len(args) > 1 else opaque()


def trange(m, args, kwargs):
    return progress(m, [builtin.make_range(m, args, {})], {})
