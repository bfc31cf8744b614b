"""Python's own functions, as far as gradients go through them."""

from __future__ import annotations

import ast

from autofix import effects
from autofix.effects import Effect
from autofix.find.flow import arithmetic, binding, calls, elements, expressions, methods, tensors
from autofix.find.flow.machine import Machine, Raised, merge_results
from autofix.find.values import (
    EAGER,
    FALSE,
    MISSING,
    NONE,
    TRUE,
    Bound,
    Class,
    Const,
    Datum,
    Either,
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
    weakened,
)


def call(m: Machine, name: str, args: list, kwargs: dict):
    handler = BUILTIN_CALLS.get(name)
    if handler is not None:
        return handler(m, args, kwargs)
    if name in effects.PLAIN_BUILTINS or name.endswith(("Error", "Exception", "Iteration", "Interrupt")):
        return plain()
    return m.called_unknown(args, kwargs)


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
                if value.kind in EAGER and any(f.func is not None and "#graph" in f.func.attrs for f in m.frames):
                    return _cast(m, name, value)
                new = tensors.off_graph(m, name, [value], "number")
                if new.lineage is not None:
                    new.lineage.whole, new.floating = name == "int", name != "int"
                return new
            new = value.copy()
            new.kind = "number"
            if value.cuts:
                m.step(m.site(), f"float.__{name}__", [value], [new], {value.site} if value.site >= 0 else set())
            return new
        return Datum("number")

    return convert


def _cast(m: Machine, name: str, value: Datum):
    """In a ``tf.function``, autograph makes a cast of ``float(t)``."""
    from autofix.find.flow import tf_values

    graph = next(f.func.attrs["#graph"] for f in reversed(m.frames) if f.func is not None and "#graph" in f.func.attrs)
    if graph is not TRUE:
        return m.unknown([value])
    return tf_values.apply(m, "tf.cast", [value], Effect.KEEPS if name == "float" else Effect.WHOLE, floating=name == "float")


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


def make_range(m, args, kwargs):
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
    items = elements.exhausted(m, args[0]) if args else Items()
    values = [args[1] if len(args) > 1 else kwargs.get("start", Const(0)), *items.first]
    total = values[0]
    for value in values[1:40]:
        total = arithmetic.binary(m, ast.Add, total, value)
    for value in values[40:]:
        total = join(total, arithmetic.binary(m, ast.Add, total, value))
    if items.rest is not None:
        total = arithmetic.binary(m, ast.Add, total, weakened(items.rest)) if items.first else arithmetic.binary(m, ast.Add, total, items.rest)
    return total


def _extreme(name):
    def pick(m, args, kwargs):
        values = elements.iterated(m, args[0]).all() if len(args) == 1 else args
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
    return methods.method(m, value, "abs", [], {}) if type(value) is Datum and value.kind != "plain" else plain()


def _round(m, args, kwargs):
    value = args[0] if args else plain()
    if type(value) is Const and isinstance(value.value, (int, float)):
        return Const(value.value) if len(args) > 1 else Datum("number")
    if type(value) is Datum and value.kind == "tensor":
        return tensors.apply(m, "torch.Tensor.round", [value], Effect.ROUNDS)
    if type(value) is Datum and value.kind in EAGER:
        return m.unknown([value])
    if type(value) is Datum and value.data:
        return tensors.off_graph(m, "float.__round__", [value], value.kind if value.kind in ("array", "number") else "number")
    return Datum("number")


def _pow(m, args, kwargs):
    return arithmetic.binary(m, ast.Pow, args[0], args[1]) if len(args) >= 2 else plain()


def _zip(m, args, kwargs):
    parts = [elements.iterated(m, a) for a in args]
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
    items = elements.iterated(m, args[0]) if args else Items()
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    base = start.value if type(start) is Const and isinstance(start.value, int) else None
    first = tuple(
        Seq("tuple", Items((Const(base + i) if base is not None else Datum("number"), v))) for i, v in enumerate(items.first)
    )
    rest = None if items.rest is None else Seq("tuple", Items((Datum("number"), items.rest)))
    return Seq("generator", Items(first, rest))


def _listed(kind):
    def make(m, args, kwargs):
        items = elements.exhausted(m, args[0]) if args else Items()
        return Seq(kind, items)

    return make


def _sorted(m, args, kwargs):
    items = elements.iterated(m, args[0]) if args else Items()
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
    items = elements.iterated(m, args[0]) if args else Items()
    if items.rest is None:
        return Seq("generator", Items(tuple(reversed(items.first))))
    whole = merge_results(items.all())
    return Seq("generator", Items(tuple(whole for _ in items.first[:1]), whole))


def make_dict(m, args, kwargs):
    made = Map()
    if args:
        elements.update(m, made, args[0])
    for key, value in kwargs.items():
        if key not in ("*", "**"):
            made.fields[key] = value
        else:
            made.rest = value if made.rest is None else join(made.rest, value)
    return made


def _map(m, args, kwargs):
    parts = [elements.iterated(m, a) for a in args[1:]]
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

    items = elements.iterated(m, args[1]) if len(args) > 1 else Items()
    kept, rest = [], items.rest
    for value in items.first:
        known = arithmetic.truth(m, value if type(args[0]) is Const else calls.call(m, args[0], [value], {}))
        if known is True:
            kept.append(value)
        elif known is None:
            rest = weakened(value) if rest is None else join(rest, weakened(value))
    return Seq("generator", Items(tuple(kept), rest))


def _next(m, args, kwargs):
    items = elements.iterated(m, args[0]) if args else Items()
    every = items.all()
    if type(args[0]) is Seq and items.first:
        m.set(args[0], "items", Items(items.first[1:], items.rest))
        return items.first[0]
    return merge_results(every) if every else plain()


def _getattr(m, args, kwargs):

    if len(args) >= 2 and type(args[1]) is Const and isinstance(args[1].value, str):
        if len(args) == 2:
            return expressions.attribute(m, args[0], args[1].value)
        results = [args[2]]

        def got():
            results.append(expressions.attribute(m, args[0], args[1].value))

        m.fork(lambda: None, got)
        return merge_results(results)
    if args and type(args[0]) is Ref and args[0].name.startswith("torch.nn"):
        return opaque()
    return m.unknown(args)


def _setattr(m, args, kwargs):
    if len(args) == 3 and type(args[1]) is Const and isinstance(args[1].value, str):
        binding.set_attribute(m, args[0], args[1].value, args[2])
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
    kinds = elements.iterated(m, args[1]).all() if type(args[1]) is Seq else [args[1]]
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
            return False if name.startswith(("builtins.", "numpy.")) or type(kind) is Class else None
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
    return Seq("generator", elements.iterated(m, args[0])) if len(args) == 1 else m.called_unknown(args, kwargs)


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


def leave(m, args, kwargs):
    raise Raised("SystemExit")


BUILTIN_CALLS = {
    "float": _number("float"), "int": _number("int"), "bool": _number("bool"), "complex": _number("complex"), "len": _len,
    "range": make_range, "sum": _sum, "max": _extreme("max"), "min": _extreme("min"), "abs": _abs, "round": _round, "pow": _pow,
    "zip": _zip, "enumerate": _enumerate, "list": _listed("list"), "tuple": _listed("tuple"), "set": _listed("set"),
    "frozenset": _listed("set"), "sorted": _sorted, "reversed": _reversed, "dict": make_dict, "map": _map, "filter": _filter,
    "next": _next, "getattr": _getattr, "setattr": _setattr, "super": _super, "isinstance": _isinstance, "hasattr": _hasattr,
    "iter": _iter, "str": _text, "slice": _slice, "print": _print, "exit": leave, "quit": leave,
}  # fmt: skip


def operate(m: Machine, name: str, args: list, kwargs: dict):
    kinds = {"add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "pow": ast.Pow, "matmul": ast.MatMult}
    if name in kinds and len(args) == 2:
        return arithmetic.binary(m, kinds[name], args[0], args[1])
    if name in ("itemgetter", "attrgetter") and len(args) == 1:
        return Partial(Ref("operator.getitem_of"), args, {})
    if name == "getitem_of" and len(args) == 2:
        return elements.item(m, args[1], args[0])
    return m.called_unknown(args, kwargs)
