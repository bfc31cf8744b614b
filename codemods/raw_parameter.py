"""A module's weight is a plain tensor, or no leaf any more.

What breaks: ``self.gain = torch.ones(n)`` in an ``nn.Module`` is an attribute like any other: ``parameters()`` does
not list it, no optimizer holds it, no gradient comes to it. ``nn.Parameter(w) * 0.1`` and
``nn.Parameter(w).to(dtype)`` are results of an operation, not parameters.

Why the fix is right: ``nn.Parameter`` around the whole value makes a leaf with the same numbers that the module
registers: it is trained, moved and saved with the rest.

When to leave it alone: masks, tables, running statistics, fixed random features and other constants. Those belong
into ``register_buffer``; autofix reports only what is read, or starts and is used like a weight.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF301"
OPS = {"module:raw-tensor"}
ADVICE = "make it an nn.Parameter if it is to learn, a buffer (register_buffer) if it is not"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    name, imports = tree.spell("torch.nn.Parameter")
    plain = _plain(node, tree)
    if isinstance(node, cst.GeneratorExp):
        plain = f"({plain})"
    yield Fix(CODE, f"make it an `{name}`", (tree.replace(node, f"{name}({plain})"), *imports))


def _plain(node: cst.BaseExpression, tree: Tree) -> str:
    """The value's source without the parameters and gradient flags inside it."""
    start, end = tree.offsets(node)
    text = tree.text[start:end]
    for edit in sorted(_inner(node, tree), key=lambda e: e.start, reverse=True):
        text = text[: edit.start - start] + edit.text + text[edit.end - start :]
    return text


def _inner(node: cst.BaseExpression, tree: Tree) -> Iterator[Edit]:
    for call in tree.walk(cst.Call, node):
        if tree.qualified(call.func) in ("torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.autograd.Variable"):
            yield from _unwrapped(call, node, tree)
        elif isinstance(call.func, cst.Attribute) and call.func.attr.value == "requires_grad_":
            yield tree.between(call.func.value, call, "")
        else:
            yield from _without_flag(call, tree)


def _unwrapped(call: cst.Call, whole: cst.BaseExpression, tree: Tree) -> Iterator[Edit]:
    """``nn.Parameter(t)`` → ``t``, in parentheses where the parent binds closer."""
    value = next((a.value for a in call.args if a.keyword is None or a.keyword.value == "data"), None)
    if value is None:
        return
    start, end = tree.offsets(call)
    first, last = tree.outer_offsets(value)
    loose = isinstance(value, (cst.BinaryOperation, cst.UnaryOperation, cst.IfExp, cst.Comparison)) and not value.lpar
    opening, closing = ("(", ")") if loose and call is not whole else ("", "")
    yield Edit(tree.path, start, first, opening)
    yield Edit(tree.path, last, end, closing)


def _without_flag(call: cst.Call, tree: Tree) -> Iterator[Edit]:
    """The call without ``requires_grad=True``."""
    for number, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value == "requires_grad":
            if number:
                yield Edit(tree.path, tree.outer_offsets(call.args[number - 1].value)[1], tree.outer_offsets(arg.value)[1], "")
            else:
                end = tree.offsets(call.args[1])[0] if len(call.args) > 1 else tree.outer_offsets(arg.value)[1]
                yield Edit(tree.path, tree.offsets(arg)[0], end, "")
