"""One name, two meanings: the leaf, whose gradient is asked for, and the value that is computed from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from autofix import statements as st
from autofix.model import Edit
from autofix.tree import Tree

LEAF_ONLY = frozenset(["grad", "requires_grad", "is_leaf", "retain_grad", "register_hook", "grad_fn", "requires_grad_"])


def means_leaf(tree: Tree, node: cst.BaseExpression) -> bool:
    """Whether a name that is read stands for the leaf itself: its ``.grad``, an optimizer's argument."""
    parent = tree.parent(node)
    if isinstance(parent, cst.Attribute) and parent.attr.value in LEAF_ONLY:
        return True
    if isinstance(parent, (cst.AssignTarget, cst.For, cst.CompFor)) and getattr(parent, "target", None) is node:
        return True
    call = tree.enclosing(node, cst.Call)
    while call is not None:
        origin = tree.qualified(call.func) or ""
        if "optim" in origin or origin.endswith("autograd.grad") and not _within(tree, node, call.args[0]):
            return True
        call = tree.enclosing(call, cst.Call)
    return False


def _within(tree: Tree, node: cst.CSTNode, around: cst.CSTNode) -> bool:
    return any(one is around for one in tree.ancestors(node))


def region(tree: Tree, anchor: cst.CSTNode, name: str) -> list[cst.CSTNode]:
    """The anchor and what follows it in its block, up to where the name is bound anew."""
    statements = [anchor]
    for statement in st.later(tree, anchor):
        if st.binds(tree, statement, name):
            break
        statements.append(statement)
    return statements


def renamed(tree: Tree, statements: Sequence[cst.CSTNode], old: str, new: str) -> Iterator[Edit]:
    """``new`` wherever these statements mean the value of ``old``."""
    for statement in statements:
        for node in st.occurrences(tree, old, statement):
            if not means_leaf(tree, node):
                yield tree.replace(node, new)


def after_backward(tree: Tree, statement: cst.CSTNode) -> bool:
    """Whether a backward pass or an optimizer's step went before in the same round."""
    one: cst.CSTNode | None = statement
    while one is not None:
        if any(_trains(tree, before) for before in st.earlier(tree, one)):
            return True
        one = st.outer(tree, one)
        if in_training_loop(tree, one):
            return False
    return False


def in_training_loop(tree: Tree, loop: cst.CSTNode | None) -> bool:
    return isinstance(loop, (cst.For, cst.While)) and st.differentiates(tree, loop)


def _trains(tree: Tree, statement: cst.CSTNode) -> bool:
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return False
    return st.differentiates(tree, statement) or any(True for _ in st.calls(tree, {"step"}, statement))
