"""Calls: of the program's own functions and classes, and of what others provide."""

from __future__ import annotations

import ast

from autofix.find.flow import (
    classes,
    distributions,
    elements,
    expressions,
    functions,
    layers,
    library,
    modules,
    objects,
    tensors,
)
from autofix.find.flow.machine import NEXT, Machine
from autofix.find.values import (
    Bound,
    Class,
    Datum,
    Either,
    Func,
    Inst,
    Map,
    Partial,
    Ref,
    join,
    opaque,
    options,
    plain,
)


def call_node(m: Machine, node: ast.Call):
    """``f(a, *b, c=d, **e)`` as written."""

    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        return Bound("super", m.frame.self_value if m.frame.self_value is not None else opaque())
    function_ = expressions.evaluate(m, node.func)
    args, kwargs = [], {}
    spread = None
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            items = elements.iterated(m, expressions.evaluate(m, argument.value))
            args += items.first
            if items.rest is not None:
                spread = items.rest if spread is None else join(spread, items.rest)
        else:
            args.append(expressions.evaluate(m, argument))
    for keyword in node.keywords:
        value = expressions.evaluate(m, keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
            continue
        for option in options(value):
            if type(option) is Map:
                kwargs.update({k: v for k, v in option.fields.items() if isinstance(k, str)})
                if option.rest is not None:
                    kwargs["**"] = option.rest
            else:
                kwargs["**"] = option if type(option) is Datum else m.unknown([option])
    if spread is not None:
        kwargs["*"] = spread
    m.node = node
    return call(m, function_, args, kwargs)


def call(m: Machine, value, args: list, kwargs: dict):
    """The result of calling a value at the current place."""
    m.tick(2)
    kind = type(value)
    if kind is Func:
        return functions.call_function(m, value, args, kwargs)
    if kind is Bound:
        return _call_bound(m, value, args, kwargs)
    if kind is Ref:
        return library.call(m, value.name, args, kwargs)
    if kind is Class:
        return classes.instantiate(m, value, args, kwargs)
    if kind is Inst:
        return _call_object(m, value, args, kwargs)
    if kind is Partial:
        return call(m, value.func, [*value.args, *args], {**value.kwargs, **kwargs})
    if kind is Either:

        node = m.node

        def one(option):
            m.node = node
            return call(m, option, list(args), dict(kwargs))

        return expressions.over(m, value, one)
    if kind is Datum and value.kind != "opaque":
        if any(tensors.is_live(d) for d in tensors.carriers([*args, *kwargs.values()])):
            return m.unknown([value, *args, *kwargs.values()])
        call_back(m, [*args, *kwargs.values()])
        return plain()
    call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def call_back(m: Machine, values, given: list | None = None, sure: bool = False) -> None:
    """Functions of the program that unknown code gets may be called by it."""
    for value in values:
        for option in options(value):
            function_ = option.func if type(option) is Partial else option
            if type(function_) is Bound and type(function_.func) is not Func or type(function_) not in (Func, Bound):
                continue
            m.tick(5)
            known = function_.func if type(function_) is Bound else function_
            if known.node is None:
                continue
            arguments = _opaque_arguments(known, skip=type(function_) is Bound)
            if sure:
                call(m, option, given or [], {})
            elif given is not None:
                call(m, option, given, {})
            else:
                node = m.node
                m.guarded += 1
                try:
                    m.fork(lambda: NEXT, lambda o=option, a=arguments: (call(m, o, a, {}), NEXT)[1])
                finally:
                    m.guarded -= 1
                    m.node = node


def _opaque_arguments(function_: Func, skip: bool) -> list:
    arguments = function_.node.args
    names = [*arguments.posonlyargs, *arguments.args]
    return [opaque() for _ in names[1 if skip else 0 :]]


def _call_bound(m: Machine, bound: Bound, args: list, kwargs: dict):
    if type(bound.func) is Func:
        return functions.call_function(m, bound.func, [bound.self, *args], kwargs)
    if type(bound.func) is not str:
        return call(m, bound.func, [bound.self, *args], kwargs)
    return objects.method(m, bound.self, bound.func, args, kwargs)


def _call_object(m: Machine, value: Inst, args: list, kwargs: dict):
    if value.layer:
        from autofix.find.flow import tf_layers

        return tf_layers.call(m, value, args, kwargs)
    if value.cls is None:
        if value.module:
            return modules.call(m, value, args, kwargs)
        if value.lib.startswith(("keras.", "tensorflow.")):
            from autofix.find.flow import tf_metrics

            return tf_metrics.call_object(m, value, args, kwargs)
        return distributions.call_object(m, value, args, kwargs)
    own = value.cls.find("__call__") or (value.cls.find("forward") if value.module else None)
    if value.module and value.cls.foreign and value.cls.find("__call__") is None and own is not None:
        result = call(m, objects.bound(m, own, value), args, kwargs)
        return join(result, m.unknown([value, *args, *kwargs.values()]))
    if own is not None:
        return call(m, objects.bound(m, own, value), args, kwargs)
    inherited = next((b.name for b in value.cls.lineage() if isinstance(b, Ref) and b.name.startswith("torch.nn.")), "")
    short = inherited.rsplit(".", 1)[-1]
    if value.module and not value.cls.foreign and (short in layers.PLAIN or short in layers.CONTAINERS):
        shadow = Inst(None, inherited)
        shadow.attrs = value.attrs
        return modules.call(m, shadow, args, kwargs)
    call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])
