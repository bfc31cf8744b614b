"""Names that come from other files of the same project: each is defined when it is asked for, as its file defines it.

Only what a module binds once, by a statement of its own at the top, is known; the rest of the module is not followed.
"""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from functools import lru_cache

from autofix import effects
from autofix.find.flow import library
from autofix.find.flow.machine import Budget, Frame, Machine, Raised
from autofix.find.flow.places import announced
from autofix.find.project import KEPT
from autofix.find.values import Class, Const, Datum, Func, Inst, Partial, Ref, Seq, opaque
from autofix.source import Source

PREFIX, MEMBER = "project:", "project member:"
"""What the name of a Ref starts with that stands for a module of the project, or for what it has by some name."""
MOST_FILES, MOST_BYTES = 12, 50_000
"""So much is read for one script; a library that is larger is not followed far."""
STEPS_PER_LINE, STEPS_AT_ONCE = 5, 6_000
MANY_DEEP = 20
DYNAMIC = re.compile(r"\bglobals\s*\(|\bsys\.modules\b|\bexec\s*\(|^def __getattr__\b|\bsetattr\s*\(\s*(?:torch|nn|sys)\b", re.MULTILINE)
"""A module that makes its names as it runs."""
GLOBAL = re.compile(r"^\s+global\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outline:
    """What the top of a module binds: by one statement each, and in ways that only a run could tell."""

    sure: dict[str, ast.stmt]
    unsure: frozenset[str]


@dataclass(slots=True)
class Module:
    """A module of the project in one abstract run: what has been defined, and what waits to be asked for."""

    path: str
    size: int
    outline: Outline
    env: dict
    waiting: dict[str, ast.stmt]


# -- imports --------------------------------------------------------------------------------------


def imported(m: Machine, dotted: str) -> Ref | None:
    """``import dotted``: the module, where it is one of the project's."""
    path = m.project.find(dotted) if _followed(m) else ""
    return Ref(PREFIX + path) if path else None


def imported_from(m: Machine, node: ast.ImportFrom, name: str) -> Ref | None:
    """``from package import name``: followed when the name is used; None where that is none of the project's."""
    if not _followed(m):
        return None
    base = ""
    if node.level:
        base = os.path.dirname(m.file)
        for _ in range(node.level - 1):
            base = os.path.dirname(base)
    path = m.project.find(node.module or "", base)
    return Ref(f"{MEMBER}{path}.{name}") if path else None


def _followed(m: Machine) -> bool:
    """Imports that happen perhaps, or in a branch, are left alone."""
    return m.project is not None and m.log is None and not m.doubt


def attribute(m: Machine, name: str):
    """``module.name`` of a module of the project."""
    path, _, short = name.removeprefix(PREFIX).removeprefix(MEMBER).rpartition(".")
    return member(m, path, short)


def assigned(m: Machine, module_name: str, name: str, value) -> None:
    """``module.name = value``: what it is depends on who asks, and when."""
    m.escape([value])
    module = _module(m, module_name.removeprefix(PREFIX))
    if module is not None:
        module.waiting.pop(name, None)
        module.env[name] = opaque()


def member(m: Machine, path: str, name: str):
    """What a module of the project has by that name, a submodule included."""
    module, inner = _module(m, path), _submodule(m, path, name)
    if module is not None:
        if inner and name in module.waiting and not isinstance(module.waiting[name], ast.ImportFrom):
            return opaque()
        value = _of(m, module, name)
        if value is not None:
            return value
    return Ref(PREFIX + inner if inner else f"?.{name}")


def _submodule(m: Machine, path: str, name: str) -> str:
    folder, file = os.path.split(path)
    if file == "__init__.py":
        return m.project.find(name, folder)
    return "" if path.endswith(".py") else m.project.find(name, path)


def looked_up(m: Machine, name: str):
    """A global name that a function of a sibling uses and that was not defined yet; None where its file has none."""
    module = m.siblings.get(m.file)
    return None if module is None else _of(m, module, name)


# -- modules --------------------------------------------------------------------------------------


def _module(m: Machine, path: str) -> Module | None:
    if path in m.siblings:
        return m.siblings[path]
    m.siblings[path] = None
    if path.endswith(".py") and len(m.siblings) <= MOST_FILES and sum(s.size for s in m.siblings.values() if s is not None) < MOST_BYTES:
        source = m.project.source(path)
        outline = None if source is None else outlined(source)
        if outline is not None:
            m.announced.update(announced(path, source.text))
            m.tensorflow = m.tensorflow or "GradientTape" in source.text
            m.budget += STEPS_PER_LINE * source.text.count("\n")
            m.siblings[path] = Module(path, len(source.raw), outline, {name: opaque() for name in outline.unsure}, dict(outline.sure))
    return m.siblings[path]


def _of(m: Machine, module: Module, name: str):
    """A module's own name, defined now where it was not yet."""
    if name in module.waiting:
        _define(m, module, module.waiting[name])
    value = module.env.get(name)
    if is_member(value):
        module.env[name] = opaque()  # for who asks again on the way: files that import each other
        value = module.env[name] = attribute(m, value.name)
    return value


def is_member(value) -> bool:
    """Whether it is a name of another file that nobody has asked for yet."""
    return type(value) is Ref and value.name.startswith(MEMBER)


KEPT_STATE = ("frames", "calls", "file", "node", "log", "doubt", "guarded", "settling", "loops", "grad_mode", "mode_sites", "inference", "budget")


def _define(m: Machine, module: Module, statement: ast.stmt) -> None:
    """Run the statement that binds the name as the import would have done: before, and whatever branch asks for it."""
    from autofix.find.flow import statements

    bound = {name for name, by in module.waiting.items() if by is statement}
    for name in bound:
        del module.waiting[name]
    outer = {field: getattr(m, field) for field in KEPT_STATE}
    roots = len(m.seen.roots)
    m.frames, m.calls, m.file, m.log = [*m.frames[:1], Frame(module.env)], [], module.path, None
    m.doubt = m.guarded = m.settling = m.loops = 0
    m.grad_mode, m.mode_sites, m.inference = True, (), False
    m.budget = STEPS_AT_ONCE
    m.importing += 1
    try:
        if m.importing < MANY_DEEP:
            statements.run(m, [statement])
            _keep_what_stays(module.env, bound)
    except (Raised, Budget):
        module.env.update((name, opaque()) for name in bound)
    finally:
        m.importing -= 1
        outer["budget"] -= STEPS_AT_ONCE - m.budget
        for field, value in outer.items():
            setattr(m, field, value)
    for name in bound:
        module.env.setdefault(name, opaque())
    if m.budget < 0 or len(m.seen.roots) != roots:  # a module that trains when it is imported is a program of its own
        raise Budget


def _keep_what_stays(env: dict, bound: set[str]) -> None:
    """Lists, dicts and objects may have been changed by whoever imports them too."""
    for name in bound:
        value = env.get(name)
        stays = isinstance(value, (Const, Ref, Class, Func, Partial, Datum)) or isinstance(value, Inst) and value.module
        tuple_ = isinstance(value, Seq) and value.kind == "tuple" and all(isinstance(v, Const) for v in value.items.all())
        if name in env and not (stays or tuple_):
            env[name] = opaque()


# -- what a module binds --------------------------------------------------------------------------


@lru_cache(KEPT * 4)
def outlined(source: Source) -> Outline | None:
    """What the top of a file binds; None where it does more than define."""
    if DYNAMIC.search(source.text):
        return None
    top = _Top()
    if not all([top.take(statement) for statement in source.tree.body]):
        return None
    unsure = top.unsure | {name for name, by in top.bound.items() if len(by) > 1 and not _same_import(by)}
    unsure |= {name for name in top.handed if any(_may_change(statement) for statement in top.bound.get(name, ()))}
    if GLOBAL.search(source.text):
        unsure |= {name for node in ast.walk(source.tree) if isinstance(node, ast.Global) for name in node.names}
    return Outline({name: by[0] for name, by in top.bound.items() if name not in unsure}, frozenset(unsure))


def _same_import(statements: list[ast.stmt]) -> bool:
    """``import torch`` and ``import torch.utils.data`` both bind ``torch``."""
    return all(isinstance(s, ast.Import) and all(alias.asname is None for alias in s.names) for s in statements)


def _may_change(statement: ast.stmt) -> bool:
    """Whether what is bound is something that a call it is given to could change."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return False
    return any(isinstance(node, (ast.Call, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)) for node in ast.walk(statement.value))


class _Top:
    """Reads the top of a module, statement by statement."""

    def __init__(self):
        self.bound: dict[str, list[ast.stmt]] = {}
        self.unsure: set[str] = set()
        self.handed: set[str] = set()
        """Names that calls at the top are made on, or given."""
        self.origins: dict[str, str] = {}

    def take(self, node: ast.stmt, sure: bool = True) -> bool:
        """Whether the statement only binds names, or sets switches that no gradient depends on."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self._bind([node.name], node, sure)
            case ast.Import():
                self.origins.update((a.asname or a.name.partition(".")[0], a.name if a.asname else a.name.partition(".")[0]) for a in node.names)
                return self._bind([alias.asname or alias.name.partition(".")[0] for alias in node.names], node, sure)
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                self.unsure.update(self.bound)
                return True
            case ast.ImportFrom():
                self.origins.update((a.asname or a.name, f"{'.' * node.level}{node.module or ''}.{a.name}") for a in node.names)
                return self._bind([alias.asname or alias.name for alias in node.names], node, sure)
            case ast.Assign():
                self._hand(node.value)
                return all([self._target(target, node, sure) for target in node.targets])
            case ast.AnnAssign(value=None):
                return True
            case ast.AnnAssign():
                self._hand(node.value)
                return self._target(node.target, node, sure)
            case ast.AugAssign():
                return self._target(node.target, node, False)
            case ast.Expr():
                return not isinstance(node.value, ast.Call) or self._idle(node.value.func)
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                return all([self.take(one, sure) for one in node.orelse])
            case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                return self._compound(node)
            case ast.Delete():
                return all([self._target(target, node, False) for target in node.targets])
            case ast.Pass() | ast.Assert() | ast.Raise() | ast.Global() | ast.Break() | ast.Continue():
                return True
        return False

    def _bind(self, names: list[str], node: ast.stmt, sure: bool) -> bool:
        for name in names:
            self.bound.setdefault(name, []).append(node)
        if not sure:
            self.unsure.update(names)
        return True

    def _compound(self, node: ast.stmt) -> bool:
        """What happens perhaps, or more than once."""
        inside = [*node.body, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]
        inside += [one for handler in getattr(node, "handlers", ()) for one in handler.body]
        if isinstance(node, ast.For):
            self._target(node.target, node, False)
        for item in getattr(node, "items", ()):
            if item.optional_vars is not None:
                self._target(item.optional_vars, node, False)
        return all([self.take(one, False) for one in inside])

    def _target(self, target: ast.expr, node: ast.stmt, sure: bool) -> bool:
        if isinstance(target, (ast.Tuple, ast.List)):
            return all([self._target(one, node, sure) for one in target.elts])
        if isinstance(target, ast.Starred):
            return self._target(target.value, node, False)
        if isinstance(target, ast.Name):
            return self._bind([target.id], node, sure)
        root = _root(target)
        if root in self.origins:
            return self._inert(target)
        self.unsure.add(root)
        return True

    def _hand(self, value: ast.expr) -> None:
        for call in ast.walk(value):
            if isinstance(call, ast.Call):
                given = [call.func, *call.args, *(keyword.value for keyword in call.keywords)]
                self.handed |= {node.id for one in given for node in ast.walk(one) if isinstance(node, ast.Name)}

    def _idle(self, called: ast.expr) -> bool:
        root = _root(called)
        own = isinstance(called, ast.Name) and root in effects.PLAIN_BUILTINS
        return own or root == "__all__" or root in self.origins and self._inert(called)

    def _inert(self, node: ast.expr) -> bool:
        """Whether it belongs to a library that does nothing to gradients (or is told to: ``torch.backends``)."""
        root = _root(node)
        while isinstance(node, ast.Subscript):
            node = node.value
        return library.inert(self.origins[root] + ast.unparse(node).removeprefix(root))


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
