"""Functions of the program: how they are made, decorated, bound and followed."""

from __future__ import annotations

import ast

from autofix.find.flow import calls, expressions, managers, statements
from autofix.find.flow.machine import CALL_DEPTH, NEXT, Frame, Machine, merge_results
from autofix.find.values import (
    MISSING,
    NONE,
    TRUE,
    Bound,
    Class,
    Const,
    Datum,
    Func,
    Inst,
    Items,
    Map,
    Partial,
    Ref,
    Seq,
    join,
    opaque,
    weakened,
)

RECURSION = 2


def function(m: Machine, node, name: str) -> Func:
    """A ``def`` or ``lambda``, as a value."""

    arguments = node.args
    defaults = [expressions.evaluate(m, default) for default in arguments.defaults]
    kwdefaults = [None if default is None else expressions.evaluate(m, default) for default in arguments.kw_defaults]
    frame = m.frame
    scope = frame.scope if frame.is_class else (frame.env, *frame.scope)
    return Func(node, scope, defaults, kwdefaults, name, m.file)


def decorated(m: Machine, node, function_: Func):
    """A function under its decorators, innermost first."""

    value = function_
    for decorator in reversed(node.decorator_list):
        by = expressions.evaluate(m, decorator)
        m.node = decorator
        mode = managers.mode_of(m, by)
        if mode != "as is" and type(value) is Func:
            value.grad_mode = mode
            continue
        value = _decorate(m, by, value)
    return value


TRANSPARENT = frozenset(
    ["tensorflow.function", "torch.jit.script", "torch.jit.export", "torch.jit.ignore", "torch.jit.unused", "torch.compile", "functools.wraps", "functools.lru_cache", "functools.cache", "abc.abstractmethod", "typing.overload", "typing.no_type_check", "staticmethod", "contextlib.contextmanager", "torch.jit.script_method", "torch.inference_mode", "typing.final", "typing_extensions.override", "typing.override", "torch.amp.custom_fwd", "torch.amp.custom_bwd", "torch.cuda.amp.custom_fwd", "torch.cuda.amp.custom_bwd", "torch.autograd.function.once_differentiable", "torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast"]
)


def _decorate(m: Machine, by, value):
    name = by.name if type(by) is Ref else (by.self.name if type(by) is Bound and type(by.self) is Ref else "")
    if type(by) is Inst and by.lib:
        name = by.lib
    if type(value) is Func:
        if name in ("builtins.staticmethod", "builtins.classmethod", "builtins.property", "functools.cached_property"):
            value.kind = name.rsplit(".", 1)[-1].replace("cached_", "")
            return value
        if name == "contextlib.contextmanager":
            value.kind = "manager"
            return value
    if name == "tensorflow.function" and type(value) is Func:
        value.attrs["#graph"] = by.attrs.get("autograph", TRUE) if type(by) is Inst else TRUE
    if name in TRANSPARENT:
        return value
    if type(by) in (Func, Partial, Class, Inst) or type(by) is Bound and type(by.func) is Func:
        m.tick(5)
        if type(by) is Func and by.veiled:
            if type(value) is Func:
                value.veiled = True
            return value
        return calls.call(m, by, [value], {})
    if type(by) is Bound and by.func in ("setter", "getter", "deleter"):
        return MISSING
    if type(value) is Func:
        value.veiled = True
        if type(by) is Datum:
            m.escape([by])
    return value


def call_function(m: Machine, function_: Func, args: list, kwargs: dict):
    """Follow a function of the program with these arguments."""
    node = function_.node
    running = sum(frame.func is function_ for frame in m.frames)
    if running >= RECURSION or len(m.frames) > CALL_DEPTH:
        return m.unknown([*args, *kwargs.values()])
    m.tick(5)
    m.called.add(id(node))
    env = bind_arguments(m, function_, args, kwargs)
    self_value = args[0] if args and function_.owner is not None else None
    frame = Frame(env, function_.scope, function_, function_.owner, self_value)
    if yields(m, node):
        frame.yields = []
    outer_node, outer_file, site = m.node, m.file, m.site()
    mode, sites = m.grad_mode, m.mode_sites
    if function_.grad_mode != "as is":
        m.set(m, "grad_mode", function_.grad_mode)
        m.set(m, "mode_sites", (*m.mode_sites, site) if function_.grad_mode is not True else ())
    m.frames.append(frame)
    m.calls.append(site)
    m.file = function_.file
    try:
        result = _run_body(m, node, frame)
    finally:
        m.frames.pop()
        m.calls.pop()
        m.node, m.file = outer_node, outer_file
        if function_.grad_mode != "as is":
            m.set(m, "grad_mode", mode)
            m.set(m, "mode_sites", sites)
    if frame.yields is not None:
        result = _yielded(function_, frame)
    if function_.veiled:
        result = join(result, m.unknown([result, *args, *kwargs.values()]))
    return result


def _run_body(m: Machine, node, frame: Frame):

    if isinstance(node, ast.Lambda):
        return expressions.evaluate(m, node.body)
    way = statements.run(m, node.body)
    values = list(frame.returns)
    if way & NEXT or not values:
        values.append(NONE)
    return merge_results(values)


def _yielded(function_: Func, frame: Frame):
    values = frame.yields
    if function_.kind == "manager":
        manager = Inst(None, "contextlib.manager")
        manager.attrs["value"] = merge_results(values) if values else NONE
        text = {n.attr for n in ast.walk(function_.node) if isinstance(n, ast.Attribute)}
        manager.attrs["mode"] = Const(bool(text & {"no_grad", "set_grad_enabled", "inference_mode", "enable_grad"}))
        return manager
    return Seq("generator", Items(tuple(values[:64]), merge_results(values) if values else None))


LEAVES = frozenset([ast.Name, ast.Constant, ast.Load, ast.Store, ast.Pass])
"""Nodes in which nothing can stand."""


def yields(m: Machine, node) -> bool:
    """Whether a function is a generator."""
    known = m.generators.get(id(node))
    if known is None:
        known = m.generators[id(node)] = not isinstance(node, ast.Lambda) and _has_yield(node.body)
    return known


def _has_yield(body: list) -> bool:
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(child for child in ast.iter_child_nodes(node) if type(child) not in LEAVES)
    return False


def bind_arguments(m: Machine, function_: Func, args: list, kwargs: dict) -> dict:
    """The names of a function's parameters, bound."""
    arguments = function_.node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    kwargs = dict(kwargs)
    more, keyed = kwargs.pop("*", None), kwargs.pop("**", None)
    env: dict = {}
    for name, value in zip(names, args):
        env[name] = value
    left = names[len(args) :]
    defaults = dict(zip(names[len(names) - len(function_.defaults) :], function_.defaults))
    for name in left:
        if name in kwargs:
            env[name] = kwargs.pop(name)
        elif more is not None or keyed is not None:
            given = merge_results([v for v in (more, keyed) if v is not None])
            env[name] = join(weakened(given), defaults[name]) if name in defaults else given
        else:
            env[name] = defaults.get(name, MISSING)
            if env[name] is MISSING:
                env[name] = opaque()
    for argument, default in zip(arguments.kwonlyargs, function_.kwdefaults):
        name = argument.arg
        if name in kwargs:
            env[name] = kwargs.pop(name)
        elif keyed is not None:
            env[name] = keyed if default is None else join(keyed, default)
        else:
            env[name] = opaque() if default is None else default
    if arguments.vararg is not None:
        env[arguments.vararg.arg] = Seq("tuple", Items(tuple(args[len(names) :]), more))
    if arguments.kwarg is not None:
        env[arguments.kwarg.arg] = Map(kwargs, keyed)
    return env
