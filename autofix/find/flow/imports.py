"""Names that the program does not define: builtins and what it imports."""

from __future__ import annotations

import ast

from autofix.find.flow import library, siblings
from autofix.find.flow.machine import Machine
from autofix.find.values import NONE, Const, Ref, opaque, plain

KNOWN = {"__name__": "__main__", "Ellipsis": ...}


def builtin(m: Machine, name: str):
    """A name that the program does not define, or a sibling has not defined yet."""
    if m.file != m.path:
        value = siblings.looked_up(m, name)
        if value is not None or name == "__name__":
            return value or plain()
    if name in library.BUILTINS:
        return Ref(f"builtins.{name}")
    if name in KNOWN:
        return Const(KNOWN[name])
    return NONE if name == "__doc__" else plain() if name in ("__file__", "NotImplemented") else opaque()


def imported(m: Machine, name: str):
    """``module.attribute`` of an import."""
    return siblings.attribute(m, name) if name.startswith(siblings.PREFIX) else library.constant(name)


def module(m: Machine, dotted: str) -> Ref:
    """``import dotted``."""
    return siblings.imported(m, dotted) or Ref(dotted)


def imported_from(m: Machine, node: ast.ImportFrom, name: str):
    found = siblings.imported_from(m, node, name)
    if found is not None:
        return found
    if node.level:
        return Ref(f"?.{node.module or ''}.{name}")
    return library.constant(f"{node.module}.{name}")
