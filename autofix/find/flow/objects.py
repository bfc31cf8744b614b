"""Objects, classes and functions as holders: their attributes and methods."""

from __future__ import annotations

from autofix.find.flow import (
    binding,
    calls,
    classes,
    containers,
    custom,
    distributions,
    expressions,
    functions,
    methods,
    modules,
    optimizers,
)
from autofix.find.flow.machine import Machine, merge_results
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
    Ref,
    Seq,
    opaque,
    plain,
)


def bound(m: Machine, value, holder):
    """What an attribute of a class is when got from an object."""
    if type(value) is Func:
        if value.kind == "staticmethod":
            return value
        if value.kind == "classmethod":
            return Bound(value, holder.cls if type(holder) is Inst else holder)
        if value.kind == "property":
            return functions.call_function(m, value, [holder], {}) if type(holder) is Inst else value
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
    if kind is optimizers.Optimizer and name == "param_groups":
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
            return bound(m, own, value)
        if name == "__class__":
            return value.cls
        if value.cls.foreign and not value.layer and not (value.module and name in ("parameters", "named_parameters")):
            return Bound(name, value) if value.module and name in _MODULE_METHODS else m.unknown([value])
        getter = value.cls.find("__getattr__")
        if type(getter) is Func:
            return functions.call_function(m, getter, [value, Const(name)], {})
    elif value.lib.startswith("torch.distributions"):
        return distributions.distribution_attribute(m, value, name)
    if value.layer:
        from autofix.find.flow import tf_keras

        known = tf_keras.attribute(m, value, name)
        return Bound(name, value) if known is NotImplemented else known
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
            return bound(m, found, holder)
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
        return methods.method(m, value, name, args, kwargs)
    if kind is Inst:
        return _object_method(m, value, name, args, kwargs)
    if kind is optimizers.Optimizer:
        return optimizers.optimizer_call(m, value, name, args, kwargs)
    if kind is Class:
        return custom.class_method(m, value, name, args, kwargs)
    if kind in (Seq, Map, Const):
        return containers.method(m, value, name, args, kwargs)
    if kind is Either:

        return expressions.over(m, value, lambda option: method(m, option, name, args, kwargs))
    calls.call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def _object_method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    if name == "super().__init__":
        return classes.library_init(m, value, args, kwargs)
    if name == "__setattr__" and len(args) == 2:
        if type(args[0]) is Const and isinstance(args[0].value, str):
            binding.set_attribute(m, value, args[0].value, args[1])
        else:
            m.escape(args)
        return NONE
    if value.layer or value.lib.startswith(("keras.", "tensorflow.", "numpy.")):
        from autofix.find.flow import tf_keras, tf_metrics

        result = (tf_keras.method if value.layer else tf_metrics.object_method)(m, value, name, args, kwargs)
        if result is not NotImplemented:
            return result
    if value.module:
        result = modules.method(m, value, name, args, kwargs)
        if result is not NotImplemented:
            return result
        if name == "forward" and value.cls is None:
            return modules.call(m, value, args, kwargs)
        if name in ("__init__", "extra_repr", "__repr__"):
            return NONE
    elif value.cls is None:
        return distributions.object_method(m, value, name, args, kwargs)
    if value.cls is not None and value.cls.record is not None and name in ("_replace", "_asdict"):
        if name == "_asdict":
            return Map(dict(value.attrs))
        new = Inst(value.cls)
        new.attrs = {**value.attrs, **kwargs}
        return new
    if value.cls is not None and not value.cls.foreign and name.startswith("__"):
        return plain()
    calls.call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def operate(m: Machine, name: str, left, right):
    """An operator between things of which none is a tensor or a number."""
    for holder, other, special in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
        own = holder.cls.find(special) if type(holder) is Inst and holder.cls is not None else None
        if type(own) is Func:
            return functions.call_function(m, own, [holder, other], {})
    if type(left) in (Const, Seq, Map) and type(right) in (Const, Seq, Map):
        everything = [v for side in (left, right) if type(side) is Seq for v in side.items.all()]
        return Seq("list", Items((), merge_results(everything))) if everything else plain()
    return m.unknown([left, right])
