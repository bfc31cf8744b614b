"""Gradients are cleared between the backward pass and their use, or used before there are any.

What breaks: ``loss.backward(); optimizer.zero_grad(); optimizer.step()`` steps without gradients, and nothing is said.
``g = w.grad; loss.backward()`` reads None.

Why the fix is right: cleared before the backward pass (or after the use) the gradients do not pile up either, and
the step sees those of this loss.

When to leave it alone: gradients that are measured, used and then cleared before another backward pass.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import statements as st
from autofix.model import Break, Fix
from autofix.tree import Tree, Trees

CODE = "AF208"
OPS = {"grad:zeroed", "grad:early"}
ADVICE = "clear the gradients before the backward pass, or after they are used"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = next(iter(tree.nodes_at(break_.span)), None)
    statement = st.statement_of(tree, node) if node is not None else None
    shown = " ".join(break_.expression.split())
    if break_.op == "grad:early":
        yield from _backward_first(tree, statement)
        return
    while statement is not None:
        behind = _last_use(tree, statement)
        if behind is not None and _is_gradient_itself(node):
            yield Fix(CODE, f"`{shown}` after the gradient is used", st.moved(tree, statement, behind=behind))
            return
        backward = next((s for s in st.earlier(tree, statement) if st.differentiates(tree, s)), None)
        if backward is not None:
            yield Fix(CODE, f"`{shown}` before the backward pass", st.moved(tree, statement, before=backward))
            return
        statement = st.outer(tree, statement)


def _backward_first(tree: Tree, statement: cst.CSTNode | None) -> Iterator[Fix]:
    """The backward pass that follows moves in front of the statement that uses its gradient."""
    while statement is not None:
        for following in st.later(tree, statement):
            if st.differentiates(tree, following) and isinstance(following, cst.SimpleStatementLine):
                yield Fix(CODE, "the backward pass first", st.moved(tree, following, before=statement))
                return
        statement = st.outer(tree, statement)


def _is_gradient_itself(node: cst.CSTNode) -> bool:
    """``x.grad.zero_()`` or ``x.grad = None``: before the first backward pass there is none to clear."""
    held = node.func if isinstance(node, cst.Call) else node
    while isinstance(held, cst.Attribute):
        if held.attr.value == "grad":
            return True
        held = held.value
    return False


def _last_use(tree: Tree, statement: cst.CSTNode) -> cst.CSTNode | None:
    """The last statement of the block that still reads a gradient, before another backward pass."""
    last = None
    for following in st.later(tree, statement):
        if st.differentiates(tree, following):
            break
        if st.reads_gradient(tree, following):
            last = following
    return last
