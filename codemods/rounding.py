"""A value is rounded on its way to the loss.

What breaks: ``round``, ``floor``, ``ceil``, ``trunc`` and ``sign`` are flat almost everywhere: their gradient is zero,
without any error, and what was rounded never learns.

Why the fix is right: the straight-through estimator ``x + (round(x) - x).detach()`` has the value of the rounding and
the gradient of the identity: what quantisation-aware training uses. It is another maths, so the fix is unsafe.

When to leave it alone: where the fraction beside the rounding carries the gradient (interpolation in a table), where
the straight-through form is there already, and where rounded numbers are only shown.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix.model import Break, Edit, Fix, Safety
from autofix.tree import Tree, Trees

CODE = "AF403"
OPS = {f"{owner}.{name}" for name in effects.ROUNDS for owner in ("torch", "torch.Tensor")}
ADVICE = "use a straight-through estimator, x + (round(x) - x).detach(), or a smooth function"
NOTE = "the gradient passes as if nothing were rounded (straight-through); the values stay"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    value = _rounded(node, tree)
    if value is None:
        return
    if _plain(value):
        yield _fix((_straight(node, tree.source(value), tree.source(node), tree),))
        return
    statement = _statement(node, tree)
    if statement is None:
        if not any(True for _ in tree.walk(cst.Call, value)):
            text = f"({tree.source(value)})"
            yield _fix((_straight(node, text, tree.source(node), tree),))
        return
    name = _free("unrounded" + _ordinal(node, statement, tree), tree)
    start, end = tree.offsets(value)
    first, last = tree.offsets(node)
    again = tree.text[first:start] + name + tree.text[end:last]
    if value.lpar:
        outer = tree.outer_offsets(value)
        again = tree.text[first : outer[0]] + name + tree.text[outer[1] : last]
    yield _fix((tree.line_before(statement, f"{name} = {_one_line(value, tree)}"), _straight(node, name, again, tree)))


def _fix(edits: tuple[Edit, ...]) -> Fix:
    return Fix(CODE, "pass the gradient straight through the rounding", edits, Safety.UNSAFE, NOTE)


def _straight(node: cst.BaseExpression, value: str, rounded: str, tree: Tree) -> Edit:
    text = f"{value} + ({rounded} - {value}).detach()"
    alone = isinstance(tree.parent(node), (cst.Assign, cst.AnnAssign, cst.Return)) or bool(node.lpar)
    return tree.replace(node, text if alone else f"({text})")


def _rounded(node: cst.BaseExpression | None, tree: Tree) -> cst.BaseExpression | None:
    """What goes into ``torch.round(x)`` or ``x.round()``."""
    if not isinstance(node, cst.Call):
        return None
    qualified = tree.qualified(node.func)
    if qualified is not None and qualified.startswith("torch."):
        return node.args[0].value if node.args and not node.args[0].star else None
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in effects.ROUNDS:
        return node.func.value
    if isinstance(node.func, cst.Name) and node.func.value == "round" and node.args:
        return node.args[0].value
    return None


def _plain(node: cst.BaseExpression) -> bool:
    """A name or a chain of attributes: it costs nothing and means the same when it is written twice."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _statement(node: cst.BaseExpression, tree: Tree) -> cst.SimpleStatementLine | None:
    """The simple statement in which the value is computed exactly once, before anything else could change."""
    for ancestor in tree.ancestors(node):
        if isinstance(ancestor, (cst.Lambda, cst.ListComp, cst.GeneratorExp, cst.SetComp, cst.DictComp, cst.IfExp, cst.BooleanOperation)):
            return None
        if isinstance(ancestor, cst.SimpleStatementLine):
            return ancestor
        if isinstance(ancestor, cst.BaseCompoundStatement):
            return None
    return None


def _ordinal(node: cst.BaseExpression, statement: cst.CSTNode, tree: Tree) -> str:
    """Two roundings in one statement need two names."""
    roundings = [call for call in tree.walk(cst.Call, statement) if _rounded(call, tree) is not None]
    place = next((number for number, call in enumerate(roundings, 1) if call is node), 1)
    return str(place) if place > 1 else ""


def _free(name: str, tree: Tree) -> str:
    taken = {n.value for n in tree.walk(cst.Name)}
    while name in taken:
        name += "_"
    return name


def _one_line(node: cst.BaseExpression, tree: Tree) -> str:
    source = tree.source(node)
    return f"({source})" if "\n" in source else source
