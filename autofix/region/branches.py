"""Branches that the run did not take: what they hand on must be a tensor too.

An operator or a numpy call on a lost value leaves a step when it runs. One without a step did not run; where
its result would go on along the path (a return, a name of the path), it is counted as part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.region.flow import HARMLESS, children

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

ROUNDS = 4


def join(region: Region) -> None:
    """Count the untaken branches of the path as part of it."""
    for _ in range(ROUNDS):
        found = [n for value in _values(region) for n in _computed(region, value)]
        if not found:
            return
        for node in found:
            region.facts.on[node] = []
        region.resettle()


def _values(region: Region):
    """Returned and assigned expressions whose result goes on along the path."""
    for statement in region.names.of_type((cst.Return, cst.Assign)):
        value = statement.value
        if value is not None and not region.facts.is_step(value) and region.flow.fate(value) == "stay":
            yield from (e.value for e in value.elements) if isinstance(value, cst.Tuple) else (value,)


def _computed(region: Region, value: cst.BaseExpression) -> list[cst.CSTNode]:
    """The operators and calls inside that take values of the path and left no step, inner ones first."""
    nodes = [n for n in region.tree.walk(cst.BaseExpression, value) if _may_compute(region, n)]
    nodes.sort(key=lambda n: len(region.tree.source(n)))
    found: list[cst.CSTNode] = []
    for node in nodes:
        if any(c in found or region.flow.is_tensor(c) for c in children(node)):
            found.append(node)
    return found


def _may_compute(region: Region, node: cst.CSTNode) -> bool:
    if region.facts.is_step(node) or node in region.chains:
        return False
    if isinstance(node, cst.BinaryOperation):
        return not isinstance(node.left, (cst.SimpleString, cst.FormattedString))
    if isinstance(node, cst.UnaryOperation):
        return not isinstance(node.operator, cst.Not)
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Attribute) and not region.tree.qualified(node.func):
            return node.func.attr.value not in HARMLESS and not region.calls.callees(node)
        return bool(region.name_of(node))
    return isinstance(node, cst.Attribute) and node.attr.value in ("T", "real", "imag")
