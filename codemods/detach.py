"""A tensor is detached on its way to the loss.

What breaks: ``.detach()``, ``.data`` and ``Variable(t)`` give a tensor with the same numbers and no history.
Whatever made it gets no gradient from what is computed after it.

Why the fix is right: without the call the same numbers flow on, and their history with them. A ``requires_grad_()``
that was put on the detached tensor to silence the error goes too: it made a new leaf that nobody trains.

When to leave it alone: where nothing starves. Targets of a DQN, a GAN's discriminator step, a moving average,
a logged value, truncated backpropagation: there the detach is the point, and autofix does not report it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF101"
OPS = {
    "torch.Tensor.detach",
    "torch.detach",
    "torch.Tensor.detach_",
    "torch.Tensor.data",
    "torch.autograd.Variable",
    "torch.Tensor.requires_grad_",
}
ADVICE = "keep the tensor in the graph on its way to the loss; detach a copy for what must not be trained"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    edit = _without(node, tree)
    if edit is not None:
        yield Fix(CODE, f"remove `{_shown(edit, tree)}`", (edit,))


def _without(node: cst.BaseExpression | None, tree: Tree) -> Edit | None:
    """The edit that leaves only the tensor of ``t.detach()``, ``t.data``, ``detach(t)`` or ``Variable(t)``."""
    if isinstance(node, cst.Attribute) and node.attr.value == "data":
        return tree.between(node.value, node, "")
    if not isinstance(node, cst.Call):
        return None
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in ("detach", "detach_", "requires_grad_"):
        if tree.qualified(node.func) is None:
            return tree.between(node.func.value, node, "")
    if len(node.args) >= 1 and not node.args[0].star and tree.qualified(node.func) is not None:
        return tree.replace(node, tree.source(node.args[0].value))
    return None


def _shown(edit: Edit, tree: Tree) -> str:
    return (tree.text[edit.start : edit.end] or edit.text).strip()
