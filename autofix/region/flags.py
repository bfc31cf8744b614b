"""``loss.requires_grad = True`` and its kin: a crutch that a mended tensor refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.tree import dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region


def drop(region: Region) -> None:
    """Take out what turns ``requires_grad`` on for tensors that now have a graph."""
    for load in region.names.loads:
        if region.flow.is_tensor(load):
            _set(region, load)
    for call in region.names.of_type(cst.Call):
        if _turns_on(call) and region.flow.is_tensor(call.func.value):
            _call(region, call)


def _set(region: Region, load: cst.BaseExpression) -> None:
    attribute = region.tree.parent(load)
    if not isinstance(attribute, cst.Attribute) or attribute.attr.value != "requires_grad":
        return
    target = region.tree.parent(attribute)
    statement = region.tree.parent(target)
    line = region.tree.parent(statement)
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    if alone and isinstance(target, cst.AssignTarget) and len(statement.targets) == 1 and dotted(statement.value) == "True":
        region.drop(line)


def _turns_on(call: cst.Call) -> bool:
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "requires_grad_":
        return False
    return not call.args or len(call.args) == 1 and dotted(call.args[0].value) == "True"


def _call(region: Region, call: cst.Call) -> None:
    statement = region.tree.parent(call)
    line = region.tree.parent(statement)
    if isinstance(statement, cst.Expr) and isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        region.drop(line)
        return
    start, end = region.tree.outer_offsets(call.func.value)[1], region.tree.offsets(call)[1]
    region.patch.replace(start, end, "")
