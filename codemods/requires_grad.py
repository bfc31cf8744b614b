"""A tensor that is to be trained does not require a gradient.

What breaks: tensors do not track by default. One that an optimizer holds, whose ``.grad`` is read or that is
asked for in ``torch.autograd.grad`` gets None without ``requires_grad=True``. ``t.require_grad = True`` and other
misspellings set an attribute that nothing looks at.

Why the fix is right: the program itself asks for the gradient; the flag changes no number of the forward pass.

When to leave it alone: constants, data, running statistics, optimizer state. Nobody asks for their gradient, and
autofix does not report them.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.leafs import MISSPELT, tracked
from autofix.model import Break, Fix
from autofix.statements import binds, differentiates, text
from autofix.tree import Tree, Trees

CODE = "AF201"
OPS = {"leaf:untracked"}
ADVICE = "make this tensor with requires_grad=True, or call requires_grad_() on it before it is used"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    for path in dict.fromkeys((break_.span.path, *(span.path for span in break_.related))):
        yield from _misspelt(break_, trees(path))
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    yield from _switched_off(tree, break_, node)
    if node is not None and not isinstance(node, (cst.Name, cst.Attribute)):
        yield Fix(CODE, f"`{_name(break_)}` requires a gradient", tracked(tree, node))
    yield from _in_the_loop(tree, break_)


def _switched_off(tree: Tree, break_: Break, node: cst.BaseExpression | None) -> Iterator[Fix]:
    """``requires_grad_(False)`` on the tensor where it is made."""
    call = tree.enclosing(node, cst.Call) if node is not None else None
    method = call.func if call is not None and isinstance(call.func, cst.Attribute) else None
    if method is not None and method.attr.value == "requires_grad_" and method.value is node and call.args:
        yield Fix(CODE, f"`{_name(break_)}` requires a gradient", (tree.replace(call.args[0].value, "True"),))


def _in_the_loop(tree: Tree, break_: Break) -> Iterator[Fix]:
    """A batch of data: it is tracked where the loop gets it."""
    for loop in tree.walk(cst.For):
        if binds(tree, loop, _name(break_)) and differentiates(tree, loop) and isinstance(loop.body, cst.IndentedBlock):
            line = tree.line_before(loop.body.body[0], f"{_name(break_)}.requires_grad_()")
            yield Fix(CODE, f"`{_name(break_)}` requires a gradient", (line,))


def _misspelt(break_: Break, tree: Tree) -> Iterator[Fix]:
    """``t.require_grad = True`` written as it is meant; the one for this target first."""
    found = []
    for assign in tree.walk(cst.Assign):
        target = assign.targets[0].target
        if not isinstance(target, cst.Attribute) or tree.source(assign.value) != "True":
            continue
        if target.attr.value != "requires_grad" and MISSPELT.match(target.attr.value):
            found.append(target)
    found.sort(key=lambda target: text(tree, target.value) != _name(break_))
    for target in found:
        title = f"`{target.attr.value}` is no attribute of a tensor: `requires_grad`"
        yield Fix(CODE, title, (tree.replace(target.attr, "requires_grad"),))


def _name(break_: Break) -> str:
    return break_.targets[0].name
