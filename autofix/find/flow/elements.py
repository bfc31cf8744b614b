"""What is inside: iterating, indexing, updating."""

from __future__ import annotations

import ast

from autofix.find.flow import expressions, functions, modules, tensors
from autofix.find.flow.machine import Machine, Raised, merge_results
from autofix.find.values import (
    Class,
    Const,
    Datum,
    Either,
    Func,
    Inst,
    Items,
    Map,
    Ref,
    Seq,
    join,
    opaque,
    options,
    plain,
)


def item(m: Machine, value, key):
    """``value[key]``."""
    kind = type(value)
    if kind is Datum:
        return tensors.item(m, value, key)
    if kind is Either:
        return expressions.over(m, value, lambda option: item(m, option, key))
    if type(key) is Either and kind in (Seq, Map):
        return merge_results([item(m, value, option) for option in key.options])
    if kind is Seq:
        return _element(m, value, key)
    if kind is Map:
        if type(key) is Const and hashable(key.value) and key.value in value.fields:
            return value.fields[key.value]
        if type(key) is Const and value.rest is not None:
            return value.rest
        found = value.all()
        return merge_results(found) if found else plain()
    if kind is Const and isinstance(value.value, (str, bytes)) and type(key) is Const:
        try:
            return Const(value.value[key.value])
        except (TypeError, IndexError):
            return plain()
    return _item_of_object(m, value, key)


def _element(m, value: Seq, key):
    items = value.items
    if type(key) is Const and isinstance(key.value, int):
        index = key.value
        if index >= 0 and index < len(items.first):
            return items.first[index]
        if index < 0 and items.rest is None and -index <= len(items.first):
            return items.first[index]
        if items.rest is None:
            raise Raised("IndexError")
    if type(key) is Const and isinstance(key.value, slice) and items.rest is None:
        try:
            return Seq(value.kind, Items(items.first[key.value]))
        except (TypeError, ValueError):
            pass
    everything = items.all()
    whole = merge_results(everything) if everything else plain()
    if type(key) is Datum and key.kind == "plain" and key.floating is None and isinstance(m.node, ast.Subscript) and isinstance(m.node.slice, ast.Slice):
        return Seq(value.kind, Items(everything[:1] and (whole,), whole if everything else None))
    return whole


def appended(a: Items, b: Items) -> Items:
    if a.rest is None:
        return Items(a.first + b.first, b.rest)
    rest = a.rest
    for value in b.all():
        rest = join(rest, value)
    return Items(a.first, rest)


def hashable(value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def iterated(m: Machine, value) -> Items:
    """The elements that iterating over a value gives."""
    kind = type(value)
    if kind is Seq:
        return value.items
    if kind is Map:
        return Items(tuple(Const(key) for key in value.fields), plain() if value.rest is not None else None)
    if kind is Datum:
        return tensors.elements(m, value)
    if kind is Const:
        if isinstance(value.value, str) and len(value.value) <= 64:
            return Items(tuple(Const(c) for c in value.value))
        if isinstance(value.value, str):
            return Items((), plain())
        if value.value is not None:
            raise Raised("TypeError", "object is not iterable", m.site())
        raise m.none_used("cannot unpack non-iterable NoneType object")
    if kind is Either:
        parts = [iterated(m, option) for option in value.options if not (type(option) is Const and option.value is None)]
        return merge_results(parts) if parts else Items()
    if kind is Inst:
        return _iterated_object(m, value)
    return Items((), opaque())


def exhausted(m: Machine, value) -> Items:
    """All elements at once: a generator has none left after that."""
    items = iterated(m, value)
    while type(value) is Seq and value.kind == "generator":
        m.set(value, "items", Items())
        value = value.source
    return items


def _iterated_object(m: Machine, value: Inst) -> Items:
    if value.cls is None and value.module:
        return modules.children(value)
    if value.lib == "tqdm.tqdm":
        return iterated(m, value.attrs["over"])
    if value.cls is not None:
        if value.cls.record is not None and value.cls.find("__iter__") is None and value.module is False:
            return Items(tuple(value.attrs.get(name, opaque()) for name in value.cls.record))
        own = value.cls.find("__iter__")
        if type(own) is Func:
            return iterated(m, functions.call_function(m, own, [value], {}))
        getter = value.cls.find("__getitem__")
        if type(getter) is Func:
            one = functions.call_function(m, getter, [value, plain()], {})
            return Items((one,), one)
    one = m.unknown([value])
    return Items((one,), one)


def _item_of_object(m: Machine, value, key):
    """``value[key]`` of an object."""
    if type(value) is Inst:
        if value.cls is None and value.module:
            return _module_item(m, value, key)
        own = value.cls.find("__getitem__") if value.cls is not None else None
        if type(own) is Func:
            return functions.call_function(m, own, [value, key], {})
        if value.cls is not None and value.cls.record is not None and type(key) is Const and isinstance(key.value, int):
            names = value.cls.record
            if -len(names) <= key.value < len(names):
                return value.attrs.get(names[key.value], opaque())
    if type(value) in (Class, Ref, Func):
        return value
    if type(value) is Const and value.value is None:
        raise m.none_used("'NoneType' object is not subscriptable")
    return m.unknown([value])


def _module_item(m: Machine, value: Inst, key):
    names = [name for name in value.attrs if name != "*"]
    if type(key) is Const and "*" not in value.attrs:
        if isinstance(key.value, int) and not isinstance(key.value, bool):
            if -len(names) <= key.value < len(names):
                return value.attrs[names[key.value]]
            raise Raised("IndexError")
        if isinstance(key.value, slice):
            part = Inst(None, value.lib, value.site)
            try:
                part.attrs = {str(n): value.attrs[name] for n, name in enumerate(names[key.value])}
            except TypeError:
                return m.unknown([value])
            return part
    if type(key) is Const and str(key.value) in value.attrs:
        return value.attrs[str(key.value)]
    held = list(value.attrs.values())
    return merge_results(held) if held else opaque()


def update(m: Machine, made: Map, value) -> None:
    """``{**value}`` or ``made.update(value)``."""
    for option in options(value):
        if type(option) is Map:
            for key, one in option.fields.items():
                m.put(made.fields, key, one)
            if option.rest is not None:
                m.set(made, "rest", option.rest if made.rest is None else join(made.rest, option.rest))
        elif type(option) is Seq:
            for pair in option.items.all():
                parts = pair.items.first if type(pair) is Seq else ()
                if len(parts) == 2 and type(parts[0]) is Const and hashable(parts[0].value) and pair is not option.items.rest:
                    m.put(made.fields, parts[0].value, parts[1])
                else:
                    one = parts[1] if len(parts) == 2 else opaque()
                    m.set(made, "rest", one if made.rest is None else join(made.rest, one))
        else:
            one = m.unknown([option])
            m.set(made, "rest", one if made.rest is None else join(made.rest, one))
