"""Methods of lists, dicts, strings and other constants."""

from __future__ import annotations

from autofix.find.flow import arithmetic, elements, roots
from autofix.find.flow.machine import Machine, Raised, merge_results
from autofix.find.values import (
    NONE,
    Const,
    Datum,
    Items,
    Map,
    Seq,
    join,
    opaque,
    plain,
)

TEXT_METHODS = frozenset(["lower", "upper", "strip", "split", "startswith", "endswith", "replace"])


def method(m: Machine, value, name: str, args: list, kwargs: dict):
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
    if isinstance(value.value, str) and name == "format" and args:

        return arithmetic.formatted(lambda known: value.value.format(*known), value.value, args)
    if isinstance(value.value, str) and name in TEXT_METHODS and all(type(a) is Const for a in args):
        try:
            made = getattr(value.value, name)(*(a.value for a in args))
        except TypeError:
            return plain()
        if isinstance(made, list):
            return Seq("list", Items(tuple(Const(part) for part in made[:64])))
        return Const(made)
    return plain()


def _list_method(m: Machine, value: Seq, name: str, args: list):

    items = value.items
    if name in ("append", "add", "appendleft", "put") and args:
        m.set(value, "items", Items((*items.first, args[0])) if items.rest is None and len(items.first) < 200 else Items(items.first, join(items.rest, args[0]) if items.rest is not None else args[0]))
        return NONE
    if name in ("extend", "update", "extendleft") and args:
        m.set(value, "items", elements.appended(items, elements.iterated(m, args[0])))
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
            elements.update(m, value, given)
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
    if type(key) is Const and elements.hashable(key.value):
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
