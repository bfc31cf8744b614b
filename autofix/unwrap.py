"""An expression gives way to one inside it: ``t.detach()`` to ``t``, and ``x = x`` to nothing."""

from __future__ import annotations

import libcst as cst

from autofix.model import Edit
from autofix.tables.patch import Patch
from autofix.tree import Tree


def unwrapped(tree: Tree, *pairs: tuple[cst.BaseExpression, cst.BaseExpression], suffix: str = "") -> tuple[Edit, ...]:
    """The edits that put each inner expression in its outer one's place; ``suffix`` goes behind the last."""
    statement = idle(tree, *pairs[-1]) if len(pairs) == 1 and not suffix else None
    if statement is not None:
        return (tree.delete_statement(statement),)
    patch = Patch(tree)
    for outer, inner in pairs:
        last = (outer, inner) == pairs[-1]
        patch.unwrap(outer, inner, bool(suffix) and last)
        if suffix and last:
            patch.after(tree.offsets(outer)[1], patch.spelled(suffix))
    return patch.edits()


def idle(tree: Tree, outer: cst.BaseExpression, inner: cst.BaseExpression) -> cst.SimpleStatementLine | None:
    """The statement that says ``x = x``, or only ``x``, once the outer expression is gone."""
    parent = tree.parent(outer)
    line = tree.parent(parent) if parent is not None else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    if isinstance(parent, cst.Expr) and isinstance(inner, (cst.Name, cst.Attribute, cst.Subscript)):
        return line
    same = isinstance(parent, cst.Assign) and parent.value is outer and len(parent.targets) == 1
    return line if same and tree.source(parent.targets[0].target) == tree.source(inner) else None
