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

from autofix.statements import text
from autofix.leafs import MISSPELT, tracked
from autofix.model import Break, Fix
from autofix.tree import Tree, Trees

CODE = "AF201"
OPS = {"leaf:untracked"}
ADVICE = "make this tensor with requires_grad=True, or call requires_grad_() on it before it is used"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    for path in dict.fromkeys((break_.span.path, *(span.path for span in break_.related))):
        yield from _misspelt(break_, trees(path))
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is not None and not isinstance(node, (cst.Name, cst.Attribute)):
        yield Fix(CODE, f"`{_name(break_)}` requires a gradient", tracked(tree, node))


def _misspelt(break_: Break, tree: Tree) -> Iterator[Fix]:
    """``t.require_grad = True`` written as it is meant; the one for this target first."""
    found = []
    for assign in tree.walk(cst.Assign):
        target = assign.targets[0].target
        if isinstance(target, cst.Attribute) and target.attr.value != "requires_grad" and MISSPELT.match(target.attr.value):
            if tree.source(assign.value) == "True":
                found.append(target)
    found.sort(key=lambda target: text(tree, target.value) != _name(break_))
    for target in found:
        title = f"`{target.attr.value}` is no attribute of a tensor: `requires_grad`"
        yield Fix(CODE, title, (tree.replace(target.attr, "requires_grad"),))


def _name(break_: Break) -> str:
    return break_.targets[0].name
