"""Calls: of the program's own functions and classes, and of what others provide."""

from __future__ import annotations

import ast

from autofix.find.flow import containers, library, modules, roots, tensors
from autofix.find.flow.machine import CALL_DEPTH, NEXT, Frame, Machine, Raised, merge_results
from autofix.find.values import (
    MISSING,
    NONE,
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
    weakened,
)

RECURSION = 2


# -- a call ---------------------------------------------------------------------------------------


def call_node(m: Machine, node: ast.Call):
    """``f(a, *b, c=d, **e)`` as written."""
    from autofix.find.flow.expressions import evaluate

    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        return Bound("super", m.frame.self_value if m.frame.self_value is not None else opaque())
    function_ = evaluate(m, node.func)
    args, kwargs = [], {}
    spread = None
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            items = iterated(m, evaluate(m, argument.value))
            args += items.first
            if items.rest is not None:
                spread = items.rest if spread is None else join(spread, items.rest)
        else:
            args.append(evaluate(m, argument))
    for keyword in node.keywords:
        value = evaluate(m, keyword.value)
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
        return call_function(m, value, args, kwargs)
    if kind is Bound:
        return _call_bound(m, value, args, kwargs)
    if kind is Ref:
        return library.call(m, value.name, args, kwargs)
    if kind is Class:
        return instantiate(m, value, args, kwargs)
    if kind is Inst:
        return _call_object(m, value, args, kwargs)
    if kind is Partial:
        return call(m, value.func, [*value.args, *args], {**value.kwargs, **kwargs})
    if kind is Either:
        from autofix.find.flow.expressions import over

        node = m.node

        def one(option):
            m.node = node
            return call(m, option, list(args), dict(kwargs))

        return over(m, value, one)
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
        return call_function(m, bound.func, [bound.self, *args], kwargs)
    if type(bound.func) is not str:
        return call(m, bound.func, [bound.self, *args], kwargs)
    return method(m, bound.self, bound.func, args, kwargs)


def _call_object(m: Machine, value: Inst, args: list, kwargs: dict):
    if value.cls is None:
        if value.module:
            return modules.call(m, value, args, kwargs)
        return library.call_object(m, value, args, kwargs)
    own = value.cls.find("__call__") or (value.cls.find("forward") if value.module else None)
    if value.module and value.cls.foreign and value.cls.find("__call__") is None and own is not None:
        result = call(m, _bind(m, own, value), args, kwargs)
        return join(result, m.unknown([value, *args, *kwargs.values()]))
    if own is not None:
        return call(m, _bind(m, own, value), args, kwargs)
    inherited = next((b.name for b in value.cls.lineage() if isinstance(b, Ref) and b.name.startswith("torch.nn.")), "")
    short = inherited.rsplit(".", 1)[-1]
    if value.module and not value.cls.foreign and (short in modules.PLAIN or short in modules.CONTAINERS):
        shadow = Inst(None, inherited)
        shadow.attrs = value.attrs
        return modules.call(m, shadow, args, kwargs)
    call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


# -- functions of the program ---------------------------------------------------------------------


def function(m: Machine, node, name: str) -> Func:
    """A ``def`` or ``lambda``, as a value."""
    from autofix.find.flow.expressions import evaluate

    arguments = node.args
    defaults = [evaluate(m, default) for default in arguments.defaults]
    kwdefaults = [None if default is None else evaluate(m, default) for default in arguments.kw_defaults]
    frame = m.frame
    scope = frame.scope if frame.is_class else (frame.env, *frame.scope)
    return Func(node, scope, defaults, kwdefaults, name)


def decorated(m: Machine, node, function_: Func):
    """A function under its decorators, innermost first."""
    from autofix.find.flow.expressions import evaluate

    value = function_
    for decorator in reversed(node.decorator_list):
        by = evaluate(m, decorator)
        m.node = decorator
        mode = mode_of(m, by)
        if mode != "as is" and type(value) is Func:
            value.grad_mode = mode
            continue
        value = _decorate(m, by, value)
    return value


TRANSPARENT = frozenset(
    ["torch.jit.script", "torch.jit.export", "torch.jit.ignore", "torch.jit.unused", "torch.compile", "functools.wraps", "functools.lru_cache", "functools.cache", "abc.abstractmethod", "typing.overload", "typing.no_type_check", "staticmethod", "contextlib.contextmanager", "torch.jit.script_method", "torch.inference_mode", "typing.final", "typing_extensions.override", "typing.override", "torch.amp.custom_fwd", "torch.amp.custom_bwd", "torch.cuda.amp.custom_fwd", "torch.cuda.amp.custom_bwd", "torch.autograd.function.once_differentiable", "torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast"]
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
    if name in TRANSPARENT:
        return value
    if type(by) in (Func, Partial, Class, Inst) or type(by) is Bound and type(by.func) is Func:
        m.tick(5)
        if type(by) is Func and by.veiled:
            if type(value) is Func:
                value.veiled = True
            return value
        return call(m, by, [value], {})
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
    if yields(function_):
        frame.yields = []
    outer_node, site = m.node, m.site()
    mode, sites = m.grad_mode, m.mode_sites
    if function_.grad_mode != "as is":
        m.set(m, "grad_mode", function_.grad_mode)
        m.set(m, "mode_sites", (*m.mode_sites, site) if function_.grad_mode is not True else ())
    m.frames.append(frame)
    m.calls.append(site)
    try:
        result = _run_body(m, node, frame)
    finally:
        m.frames.pop()
        m.calls.pop()
        m.node = outer_node
        if function_.grad_mode != "as is":
            m.set(m, "grad_mode", mode)
            m.set(m, "mode_sites", sites)
    if frame.yields is not None:
        result = _yielded(function_, frame)
    if function_.veiled:
        result = join(result, m.unknown([result, *args, *kwargs.values()]))
    return result


def _run_body(m: Machine, node, frame: Frame):
    from autofix.find.flow.expressions import evaluate
    from autofix.find.flow.statements import run

    if isinstance(node, ast.Lambda):
        return evaluate(m, node.body)
    way = run(m, node.body)
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


def yields(function_: Func) -> bool:
    """Whether it is a generator."""
    if function_.yields is None:
        found, waiting = False, list(getattr(function_.node, "body", ())) if not isinstance(function_.node, ast.Lambda) else []
        while waiting:
            node = waiting.pop()
            if isinstance(node, (ast.Yield, ast.YieldFrom)):
                found = True
                break
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                waiting.extend(ast.iter_child_nodes(node))
        function_.yields = found
    return function_.yields


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


# -- classes and objects --------------------------------------------------------------------------


def make_class(m: Machine, node: ast.ClassDef) -> Class:
    """A class statement."""
    from autofix.find.flow.expressions import evaluate
    from autofix.find.flow.statements import run

    bases = []
    for base in node.bases:
        value = evaluate(m, base)
        bases.append(value if type(value) in (Class, Ref) else Ref("?"))
    frame = m.frame
    scope = frame.scope if frame.is_class else (frame.env, *frame.scope)
    env: dict = {}
    m.frames.append(Frame(env, scope, is_class=True))
    try:
        run(m, node.body)
    except Raised:
        pass
    finally:
        m.frames.pop()
    made = Class(node.name, node, bases, env, scope)
    for value in env.values():
        if type(value) is Func and value.owner is None:
            value.owner = made
    return made


def decorated_class(m: Machine, node: ast.ClassDef, made: Class):
    """A dataclass gets its fields; other decorators leave a class as it is."""
    from autofix.find.flow.expressions import evaluate

    for decorator in node.decorator_list:
        by = evaluate(m, decorator)
        name = by.name if type(by) is Ref else (by.lib if type(by) is Inst else "")
        if name in ("dataclasses.dataclass", "attr.s", "attrs.define", "attr.attrs"):
            made.record = _record_fields(made)
    if any(isinstance(b, Ref) and b.name == "typing.NamedTuple" for b in made.bases):
        made.record = _record_fields(made)
        made.foreign = False
    if made.record is None:
        inherited = next((b.record for b in made.bases if isinstance(b, Class) and b.record is not None), None)
        made.record = inherited
    return made


def _record_fields(made: Class) -> tuple:
    names: list[str] = []
    for one in reversed(made.lineage()):
        if isinstance(one, Class):
            names += [n for n in one.attrs.get("__fields__", []) if n not in names]
    return tuple(names)


def instantiate(m: Machine, cls: Class, args: list, kwargs: dict):
    """A new object of a class of the program."""
    if cls.find("__new__") is not None:
        return m.unknown([*args, *kwargs.values()])
    made = Inst(cls, "", m.site())
    init = cls.find("__init__")
    if init is not None and type(init) is Func:
        call_function(m, init, [made, *args], kwargs)
    elif cls.record is not None:
        _fill_record(m, made, cls, args, kwargs)
    elif cls.module and not cls.foreign:
        library_base = next((b.name for b in cls.lineage() if isinstance(b, Ref) and b.name.startswith("torch.nn.")), "")
        short = library_base.rsplit(".", 1)[-1]
        if short not in ("Module", ""):
            base = modules.make(m, short, args, kwargs)
            made.attrs = base.attrs if type(base) is Inst else {"*": opaque()}
    elif args or kwargs or cls.foreign:
        m.escape([*args, *kwargs.values()])
        call_back(m, [*args, *kwargs.values()])
    return made


def _fill_record(m: Machine, made: Inst, cls: Class, args: list, kwargs: dict) -> None:
    for name, value in zip(cls.record, args):
        made.attrs[name] = value
    for name in cls.record[len(args) :]:
        default = cls.find(name)
        made.attrs[name] = kwargs.get(name, default if default is not None else opaque())
        if type(made.attrs[name]) is Inst and made.attrs[name].lib == "dataclasses.field":
            factory = made.attrs[name].attrs.get("default_factory")
            made.attrs[name] = call(m, factory, [], {}) if factory is not None else made.attrs[name].attrs.get("default", opaque())
    after = cls.find("__post_init__")
    if type(after) is Func:
        call_function(m, after, [made], {})


def _bind(m: Machine, value, holder):
    """What an attribute of a class is when got from an object."""
    if type(value) is Func:
        if value.kind == "staticmethod":
            return value
        if value.kind == "classmethod":
            return Bound(value, holder.cls if type(holder) is Inst else holder)
        if value.kind == "property":
            return call_function(m, value, [holder], {}) if type(holder) is Inst else value
        return Bound(value, holder)
    return value


def attribute(m: Machine, value, name: str):
    """``value.name`` for everything that is no tensor and no reference."""
    kind = type(value)
    if kind is Inst:
        return _of_object(m, value, name)
    if kind is Class:
        found = value.find(name)
        if found is not None:
            return Bound(found, value) if type(found) is Func and found.kind == "classmethod" else found
        if name == "apply" and any(isinstance(b, Ref) and b.name.endswith("autograd.Function") for b in value.lineage()):
            return Bound("apply", value)
        return Bound(name, value)
    if kind is Bound and value.func == "super":
        return _super(m, value.self, name)
    if kind is Const and value.value is None:
        raise m.none_used(f"'NoneType' object has no attribute '{name}'")
    if kind is Func and name in ("__name__", "__doc__", "__qualname__"):
        return Const(value.name) if name == "__name__" else plain()
    if kind is roots.Optimizer and name == "param_groups":
        return Seq("list", Items(tuple(Map({"params": Seq("list", Items(g))}, plain()) for g in value.groups), opaque() if value.open else None))
    if kind is Func:
        return value.attrs.get(name, plain())
    return Bound(name, value)


def _of_object(m: Machine, value: Inst, name: str):
    found = value.attrs.get(name, MISSING)
    if found is not MISSING:
        return found
    if value.cls is not None:
        own = value.cls.find(name)
        if own is not None:
            return _bind(m, own, value)
        if name == "__class__":
            return value.cls
        if value.cls.foreign and not (value.module and name in ("parameters", "named_parameters")):
            return Bound(name, value) if value.module and name in _MODULE_METHODS else m.unknown([value])
        getter = value.cls.find("__getattr__")
        if type(getter) is Func:
            return call_function(m, getter, [value, Const(name)], {})
    elif value.lib.startswith("torch.distributions"):
        return library.distribution_attribute(m, value, name)
    if value.module and name == "training":
        return plain()
    if "*" in value.attrs and not value.module:
        return m.unknown([value])
    if value.module and value.cls is None and name not in _MODULE_METHODS:
        return plain() if "*" not in value.attrs else m.unknown([value])
    return Bound(name, value)


_MODULE_METHODS = frozenset(
    ["parameters", "named_parameters", "buffers", "children", "modules", "named_children", "named_modules", "train", "eval", "to", "cuda", "cpu", "float", "half", "double", "bfloat16", "apply", "requires_grad_", "zero_grad", "state_dict", "load_state_dict", "register_buffer", "register_parameter", "add_module", "register_module", "register_forward_hook", "register_full_backward_hook", "register_forward_pre_hook", "append", "extend", "insert", "values", "keys", "items", "update", "forward"]
)


def _super(m: Machine, holder, name: str):
    owner = m.frame.owner
    cls = holder.cls if type(holder) is Inst else None
    if cls is not None:
        found = cls.find(name, after=owner)
        if found is not None:
            return _bind(m, found, holder)
        if name == "__setattr__":
            return Bound("__setattr__", holder)
        if name == "__init__":
            return Bound("super().__init__", holder)
        return Bound(name, holder)
    return Bound(name, opaque())


def method(m: Machine, value, name: str, args: list, kwargs: dict):
    """``value.name(*args)`` for a method that is not one of the program's functions."""
    kind = type(value)
    if kind is Datum:
        return tensors.method(m, value, name, args, kwargs)
    if kind is Inst:
        return _object_method(m, value, name, args, kwargs)
    if kind is roots.Optimizer:
        return roots.optimizer_call(m, value, name, args, kwargs)
    if kind is Class:
        return library.class_method(m, value, name, args, kwargs)
    if kind in (Seq, Map, Const):
        return containers.method(m, value, name, args, kwargs)
    if kind is Either:
        from autofix.find.flow.expressions import over

        return over(m, value, lambda option: method(m, option, name, args, kwargs))
    call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def _object_method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    if name == "super().__init__":
        return _library_init(m, value, args, kwargs)
    if name == "__setattr__" and len(args) == 2:
        if type(args[0]) is Const and isinstance(args[0].value, str):
            set_attribute(m, value, args[0].value, args[1])
        else:
            m.escape(args)
        return NONE
    if value.module:
        result = modules.method(m, value, name, args, kwargs)
        if result is not NotImplemented:
            return result
        if name == "forward" and value.cls is None:
            return modules.call(m, value, args, kwargs)
        if name in ("__init__", "extra_repr", "__repr__"):
            return NONE
    elif value.cls is None:
        return library.object_method(m, value, name, args, kwargs)
    if value.cls is not None and value.cls.record is not None and name in ("_replace", "_asdict"):
        if name == "_asdict":
            return Map(dict(value.attrs))
        new = Inst(value.cls)
        new.attrs = {**value.attrs, **kwargs}
        return new
    if value.cls is not None and not value.cls.foreign and name.startswith("__"):
        return plain()
    call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def _library_init(m: Machine, value: Inst, args: list, kwargs: dict):
    """``super().__init__(...)`` of a library's class: a subclass of ``nn.Linear`` gets its parameters."""
    base = next((b.name for b in value.cls.lineage() if isinstance(b, Ref) and b.name.startswith("torch.nn.")), "") if value.cls else ""
    short = base.rsplit(".", 1)[-1]
    if short not in ("Module", "") and not value.cls.foreign:
        made = modules.make(m, short, args, kwargs)
        for key, held in made.attrs.items() if type(made) is Inst else ():
            m.put(value.attrs, key, held)
    elif value.cls is not None and value.cls.foreign:
        m.escape([*args, *kwargs.values()])
    return NONE


# -- binding --------------------------------------------------------------------------------------


def assign(m: Machine, target: ast.expr, value) -> None:
    """``target = value``."""
    from autofix.find.flow.expressions import evaluate

    kind = type(target)
    if kind is ast.Name:
        m.bind(target.id, value)
    elif kind is ast.Attribute:
        holder = evaluate(m, target.value)
        m.node = target
        for option in options(holder):
            set_attribute(m, option, target.attr, value, sure=len(options(holder)) == 1)
    elif kind is ast.Subscript:
        holder, key = evaluate(m, target.value), evaluate(m, target.slice)
        m.node = target
        set_item(m, holder, key, value)
    elif kind in (ast.Tuple, ast.List):
        _unpack(m, target.elts, value)
    elif kind is ast.Starred:
        assign(m, target.value, value)


def _unpack(m: Machine, targets: list, value) -> None:
    items = iterated(m, value)
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
    else:
        m.escape([value])


def _set_on_object(m: Machine, holder: Inst, name: str, value, sure: bool) -> None:
    if holder.cls is not None:
        own = holder.cls.find("__setattr__")
        if type(own) is Func:
            call_function(m, own, [holder, Const(name), value], {})
            return
        prop = holder.cls.find(name)
        if type(prop) is Func and prop.kind == "property" or prop is MISSING:
            m.escape([value])
            m.put(holder.attrs, name, m.unknown([value]))
            return
    if holder.module:
        _set_on_module(m, holder, name, value)
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
    modules.assigned(m, holder, name, value)


def _set_on_datum(m: Machine, holder: Datum, name: str, value) -> None:
    if name == "requires_grad" and holder.kind in tensors.CARRYING:
        tensors.require(m, holder, value.value if type(value) is Const else None)
    elif name == "grad" and holder.source >= 0:
        bit = 1 << holder.source
        if type(value) is Const and value.value is None:
            roots.zeroed(m, [holder])
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
            tensors.set_item(m, option, key, value)
        elif kind is Map:
            if type(key) is Const and _hashable(key.value) and len(options(holder)) == 1:
                m.put(option.fields, key.value, value)
            else:
                m.set(option, "rest", weakened(value) if option.rest is None else join(option.rest, value))
        elif kind is Seq:
            _set_element(m, option, key, value)
        elif kind is Inst:
            own = option.cls.find("__setitem__") if option.cls is not None else None
            if type(own) is Func:
                call_function(m, own, [option, key, value], {})
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


def _hashable(value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


# -- iterating and indexing -----------------------------------------------------------------------


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
    if type(value) is Seq and value.kind == "generator":
        m.set(value, "items", Items())
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
            return iterated(m, call_function(m, own, [value], {}))
        getter = value.cls.find("__getitem__")
        if type(getter) is Func:
            one = call_function(m, getter, [value, plain()], {})
            return Items((one,), one)
    one = m.unknown([value])
    return Items((one,), one)


def item(m: Machine, value, key):
    """``value[key]`` of an object."""
    if type(value) is Inst:
        if value.cls is None and value.module:
            return _module_item(m, value, key)
        own = value.cls.find("__getitem__") if value.cls is not None else None
        if type(own) is Func:
            return call_function(m, own, [value, key], {})
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


def operate(m: Machine, name: str, left, right):
    """An operator between things of which none is a tensor or a number."""
    for holder, other, special in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
        own = holder.cls.find(special) if type(holder) is Inst and holder.cls is not None else None
        if type(own) is Func:
            return call_function(m, own, [holder, other], {})
    if type(left) in (Const, Seq, Map) and type(right) in (Const, Seq, Map):
        everything = [v for side in (left, right) if type(side) is Seq for v in side.items.all()]
        return Seq("list", Items((), merge_results(everything))) if everything else plain()
    return m.unknown([left, right])


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
                if len(parts) == 2 and type(parts[0]) is Const and _hashable(parts[0].value) and pair is not option.items.rest:
                    m.put(made.fields, parts[0].value, parts[1])
                else:
                    one = parts[1] if len(parts) == 2 else opaque()
                    m.set(made, "rest", one if made.rest is None else join(made.rest, one))
        else:
            one = m.unknown([option])
            m.set(made, "rest", one if made.rest is None else join(made.rest, one))


# -- names of other modules -----------------------------------------------------------------------


def builtin(m: Machine, name: str):
    """A name that the program does not define."""
    known = {"__name__": Const("__main__"), "__file__": plain(), "__doc__": NONE, "NotImplemented": plain(), "Ellipsis": Const(...)}
    if name in known:
        return known[name]
    return Ref(f"builtins.{name}") if name in library.BUILTINS else opaque()


def imported(m: Machine, name: str):
    """``module.attribute`` of an import."""
    return library.constant(name)


def imported_from(m: Machine, node: ast.ImportFrom, name: str):
    if node.level or m.resolve is not None:
        found = m.resolve(m, node, name) if m.resolve is not None else None
        if found is not None:
            return found
        if node.level:
            return Ref(f"?.{node.module or ''}.{name}")
    return library.constant(f"{node.module}.{name}")


def import_all(m: Machine, node: ast.ImportFrom) -> None:
    pass


# -- context managers -----------------------------------------------------------------------------


def mode_of(m: Machine, manager):
    """The gradient mode that a context manager or decorator sets: True, False, None (either), or ``as is``."""
    if type(manager) is Inst and manager.lib.startswith("torch.mode"):
        return {"torch.mode.off": False, "torch.mode.on": True}.get(manager.lib)
    if type(manager) is Ref and manager.name in library.MODES_OFF:
        return False
    if type(manager) is Ref and manager.name in library.MODES_ON:
        return True
    if type(manager) is Inst and manager.lib == "contextlib.manager":
        mode = manager.attrs.get("mode")
        return None if type(mode) is Const and mode.value else "as is"
    if type(manager) is Either:
        modes = {mode_of(m, option) for option in manager.options}
        return modes.pop() if len(modes) == 1 else (None if modes - {"as is"} else "as is")
    if type(manager) is Inst and manager.cls is not None:
        return None if manager.cls.foreign else "as is"
    if type(manager) is Datum and manager.kind == "opaque":
        return None if m.grad_mode is not True else "as is"
    return "as is"


def swallows(manager) -> bool:
    """Whether a context manager catches what is raised inside."""
    name = manager.lib if type(manager) is Inst else (manager.name if type(manager) is Ref else "")
    return name.endswith((".raises", ".suppress", "assertRaises", "assertRaisesRegex", ".warns")) or (
        type(manager) is Datum and manager.kind == "opaque"
    )


def entered(m: Machine, manager):
    """The value of ``with manager as value``."""
    if type(manager) is Inst:
        if manager.lib == "contextlib.manager":
            return manager.attrs["value"]
        if manager.cls is not None:
            enter = manager.cls.find("__enter__")
            if type(enter) is Func:
                return call_function(m, enter, [manager], {})
            return manager if not manager.cls.foreign else m.unknown([manager])
        return manager if manager.lib == "tqdm.tqdm" else plain()
    return manager if type(manager) is Datum else plain()


def left(m: Machine, manager) -> None:
    """The end of the ``with`` block."""
    if type(manager) is Inst and manager.cls is not None:
        leave = manager.cls.find("__exit__")
        if type(leave) is Func:
            call_function(m, leave, [manager, NONE, NONE, NONE], {})


