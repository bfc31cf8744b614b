"""Assignments: to names, attributes, elements, and several at once."""

from __future__ import annotations

import ast

from autofix.find.flow import (
    elements,
    expressions,
    functions,
    holdings,
    methods,
    modules,
    operators,
    optimizers,
    siblings,
    tensors,
)
from autofix.find.flow.machine import Machine, Raised, merge_results
from autofix.find.values import (
    MISSING,
    Class,
    Const,
    Datum,
    Func,
    Inst,
    Items,
    Map,
    Ref,
    Seq,
    join,
    opaque,
    options,
    weakened,
)


def assign(m: Machine, target: ast.expr, value) -> None:
    """``target = value``."""

    kind = type(target)
    if kind is ast.Name:
        m.bind(target.id, value)
    elif kind is ast.Attribute:
        holder = expressions.evaluate(m, target.value)
        m.node = target
        for option in options(holder):
            set_attribute(m, option, target.attr, value, sure=len(options(holder)) == 1)
    elif kind is ast.Subscript:
        holder, key = expressions.evaluate(m, target.value), expressions.evaluate(m, target.slice)
        m.node = target
        set_item(m, holder, key, value)
    elif kind in (ast.Tuple, ast.List):
        _unpack(m, target.elts, value)
    elif kind is ast.Starred:
        assign(m, target.value, value)


def _unpack(m: Machine, targets: list, value) -> None:
    items = elements.iterated(m, value)
    star = next((i for i, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
    known = list(items.first)
    if items.rest is None and star is None and len(known) == len(targets):
        for target, one in zip(targets, known):
            assign(m, target, one)
        return
    if items.rest is None and star is not None and len(known) >= len(targets) - 1:
        after = len(targets) - star - 1
        middle = known[star : len(known) - after]
        parts = [*known[:star], Seq("list", Items(tuple(middle))), *known[len(known) - after :]]
        for target, one in zip(targets, parts):
            assign(m, target, one)
        return
    every = items.all()
    whole = merge_results(every) if every else opaque()
    for index, target in enumerate(targets):
        one = known[index] if index < len(known) and star is None else whole
        one = one.copy() if type(one) is Datum and one.source < 0 else one
        assign(m, target, Seq("list", Items((), one)) if isinstance(target, ast.Starred) else one)


def set_attribute(m: Machine, holder, name: str, value, sure: bool = True) -> None:
    """``holder.name = value``."""
    kind = type(holder)
    if kind is Inst:
        _set_on_object(m, holder, name, value, sure)
    elif kind is Datum:
        _set_on_datum(m, holder, name, value)
    elif kind is Class or kind is Func:
        m.put(holder.attrs, name, value)
    elif kind is Ref and holder.name.startswith(siblings.PREFIX):
        siblings.assigned(m, holder.name, name, value)
    else:
        m.escape([value])


def _set_on_object(m: Machine, holder: Inst, name: str, value, sure: bool) -> None:
    if holder.cls is not None:
        own = holder.cls.find("__setattr__")
        if type(own) is Func:
            functions.call_function(m, own, [holder, Const(name), value], {})
            return
        prop = holder.cls.find(name)
        if type(prop) is Func and prop.kind == "property" or prop is MISSING:
            m.escape([value])
            m.put(holder.attrs, name, m.unknown([value]))
            return
    if holder.module:
        _set_on_module(m, holder, name, value)
    if holder.layer:
        from autofix.find.flow import tf_keras

        if tf_keras.set_attribute(m, holder, name, value):
            return
    old = holder.attrs.get(name, MISSING)
    m.put(holder.attrs, name, value if sure or old is MISSING else join(old, value))


def _set_on_module(m: Machine, holder: Inst, name: str, value) -> None:
    if name in ("requires_grad", "require_grad", "requires_grads", "trainable") and type(value) is Const and value.value is True:
        held = [datum.source for _, datum in modules.named_parameters(holder)]
        m.note({"what": "module-flag", "site": m.site(), "sources": held})
    old = holder.attrs.get(name)
    plain_tensor = type(value) is Datum and value.kind == "tensor" and value.source < 0
    if type(old) is Datum and old.parameter and plain_tensor and not m.doubt and not m.guarded:
        raise Raised("TypeError", f"cannot assign 'torch.FloatTensor' as parameter '{name}' (torch.nn.Parameter or None expected)", m.site())
    holdings.assigned(m, holder, name, value)


def _set_on_datum(m: Machine, holder: Datum, name: str, value) -> None:
    if name == "requires_grad" and holder.kind in tensors.CARRYING:
        methods.require(m, holder, value.value if type(value) is Const else None)
    elif name == "grad" and holder.source >= 0:
        bit = 1 << holder.source
        if type(value) is Const and value.value is None:
            optimizers.zeroed(m, [holder])
        else:
            m.fed |= bit
            m.set(m, "holding", m.holding | bit)
            m.seen.given |= bit
    elif holder.kind in ("opaque", "plain"):
        m.escape([value])
        for datum in tensors.carriers([value]):
            m.set(holder, "data", holder.data | datum.data)
            m.set(holder, "live", holder.live | datum.live)
            if tensors.is_live(datum):
                m.set(holder, "hidden", True)
                m.set(holder, "kind", "opaque")


def set_item(m: Machine, holder, key, value) -> None:
    """``holder[key] = value``."""
    for option in options(holder):
        kind = type(option)
        if kind is Datum:
            operators.set_item(m, option, key, value)
        elif kind is Map:
            if type(key) is Const and elements.hashable(key.value) and len(options(holder)) == 1:
                m.put(option.fields, key.value, value)
            else:
                m.set(option, "rest", weakened(value) if option.rest is None else join(option.rest, value))
        elif kind is Seq:
            _set_element(m, option, key, value)
        elif kind is Inst:
            own = option.cls.find("__setitem__") if option.cls is not None else None
            if type(own) is Func:
                functions.call_function(m, own, [option, key, value], {})
            elif option.module and type(key) is Const:
                set_attribute(m, option, str(key.value), value)
            else:
                m.escape([value])
                m.put(option.attrs, "*", m.unknown([value]))
        else:
            m.escape([value])


def _set_element(m: Machine, holder: Seq, key, value) -> None:
    first, rest = list(holder.items.first), holder.items.rest
    if type(key) is Const and isinstance(key.value, int) and -len(first) <= key.value < len(first) and (key.value >= 0 or rest is None):
        first[key.value] = value
        m.set(holder, "items", Items(tuple(first), rest))
        return
    if type(key) is not Const or not isinstance(key.value, int):
        first = [join(one, weakened(value)) for one in first]
    m.set(holder, "items", Items(tuple(first), weakened(value) if rest is None else join(rest, value)))
