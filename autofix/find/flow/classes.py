"""Classes of the program, and how an object of one comes to be."""

from __future__ import annotations

import ast

from autofix.find.flow import calls, expressions, functions, layers, statements
from autofix.find.flow.machine import Frame, Machine, Raised
from autofix.find.values import (
    NONE,
    Class,
    Func,
    Inst,
    Ref,
    opaque,
)


def make_class(m: Machine, node: ast.ClassDef) -> Class:
    """A class statement."""

    bases = []
    for base in node.bases:
        value = expressions.evaluate(m, base)
        bases.append(value if type(value) in (Class, Ref) else Ref("?"))
    frame = m.frame
    scope = frame.scope if frame.is_class else (frame.env, *frame.scope)
    env: dict = {}
    m.frames.append(Frame(env, scope, is_class=True))
    try:
        statements.run(m, node.body)
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

    for decorator in node.decorator_list:
        by = expressions.evaluate(m, decorator)
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
        functions.call_function(m, init, [made, *args], kwargs)
    elif cls.record is not None:
        _fill_record(m, made, cls, args, kwargs)
    elif cls.module and not cls.foreign:
        library_base = next((b.name for b in cls.lineage() if isinstance(b, Ref) and b.name.startswith("torch.nn.")), "")
        short = library_base.rsplit(".", 1)[-1]
        if short not in ("Module", ""):
            base = layers.make(m, short, args, kwargs)
            made.attrs = base.attrs if type(base) is Inst else {"*": opaque()}
    elif args or kwargs or cls.foreign:
        m.escape([*args, *kwargs.values()])
        calls.call_back(m, [*args, *kwargs.values()])
    return made


def _fill_record(m: Machine, made: Inst, cls: Class, args: list, kwargs: dict) -> None:
    for name, value in zip(cls.record, args):
        made.attrs[name] = value
    for name in cls.record[len(args) :]:
        default = cls.find(name)
        made.attrs[name] = kwargs.get(name, default if default is not None else opaque())
        if type(made.attrs[name]) is Inst and made.attrs[name].lib == "dataclasses.field":
            factory = made.attrs[name].attrs.get("default_factory")
            made.attrs[name] = calls.call(m, factory, [], {}) if factory is not None else made.attrs[name].attrs.get("default", opaque())
    after = cls.find("__post_init__")
    if type(after) is Func:
        functions.call_function(m, after, [made], {})


def library_init(m: Machine, value: Inst, args: list, kwargs: dict):
    """``super().__init__(...)`` of a library's class: a subclass of ``nn.Linear`` gets its parameters."""
    base = next((b.name for b in value.cls.lineage() if isinstance(b, Ref) and b.name.startswith("torch.nn.")), "") if value.cls else ""
    short = base.rsplit(".", 1)[-1]
    if short not in ("Module", "") and not value.cls.foreign:
        made = layers.make(m, short, args, kwargs)
        for key, held in made.attrs.items() if type(made) is Inst else ():
            m.put(value.attrs, key, held)
    elif value.cls is not None and value.cls.foreign:
        m.escape([*args, *kwargs.values()])
    return NONE
