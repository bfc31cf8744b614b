"""Names that the program does not define: builtins and what it imports."""

from __future__ import annotations

import ast

from autofix.find.flow import library
from autofix.find.flow.machine import Machine
from autofix.find.values import NONE, Const, Ref, opaque, plain

KNOWN = {"__name__": "__main__", "Ellipsis": ...}


def builtin(m: Machine, name: str):
    """A name that the program does not define."""
    if name in library.BUILTINS:
        return Ref(f"builtins.{name}")
    if name in KNOWN:
        return Const(KNOWN[name])
    return NONE if name == "__doc__" else plain() if name in ("__file__", "NotImplemented") else opaque()


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
