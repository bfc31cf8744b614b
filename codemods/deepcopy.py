"""The loss is computed with copies of the parameters, and the originals are trained.

What breaks: ``copy.deepcopy(net)``, ``net.state_dict()`` and lists of copied parameters hold the same numbers in other
tensors. A loss computed with the copy sends its gradient there; the optimizer holds the originals, whose ``.grad``
stays None.

Why the fix is right: the copy has the same values when it is made, so the program's own loss is the original's loss.
``state_dict(keep_vars=True)`` hands out the parameters themselves. A copy that serves as a snapshot (it is saved, or
loaded into) stays one, and the forward pass calls the original; a copy that serves nothing else goes.

When to leave it alone: snapshots, a mean teacher, averaged weights, an opponent from earlier, a target network: the
loss reaches the trained parameters on its own way there, and nothing starves.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.region.imports import tidied
from autofix.region.names import Names
from autofix.tables.patch import Patch
from autofix.tree import Tree, Trees, dotted
from autofix.unwrap import unwrapped

CODE = "AF106"
OPS = {
    "torch.Tensor.detach",
    "torch.Tensor.data",
    "torch.nn.Parameter",
    "torch.Tensor.__deepcopy__",
    "failed:torch.Tensor.__deepcopy__",
}
ADVICE = "compute the loss with the parameters that the optimizer holds, not with copies of them"
_COPIES = ("copy.deepcopy", "copy.copy")
_KEPT = frozenset(["load_state_dict", "state_dict", "eval", "train", "requires_grad_", "to", "cuda", "cpu"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if not isinstance(node, cst.Call):
        return
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "state_dict":
        yield Fix(CODE, "hand out the parameters themselves", _kept_vars(tree, node))
    elif tree.qualified(node.func) in _COPIES and len(node.args) >= 1:
        yield from _of_copy(tree, node)


def _kept_vars(tree: Tree, node: cst.Call) -> tuple[Edit, ...]:
    """``net.state_dict()`` with ``keep_vars=True``."""
    if any(arg.keyword is not None and arg.keyword.value == "keep_vars" for arg in node.args):
        return ()
    if not node.args:
        return (tree.insert(tree.offsets(node)[1] - 1, "keep_vars=True"),)
    return (tree.insert(tree.outer_offsets(node.args[-1].value)[1], ", keep_vars=True"),)


def _of_copy(tree: Tree, node: cst.Call) -> Iterator[Fix]:
    original = node.args[0].value
    uses = _uses(tree, node)
    calls = [use for use in uses if not _is_kept(tree, use)]
    if len(calls) == len(uses):
        yield Fix(CODE, f"use `{tree.source(original)}` itself", tidied(tree, unwrapped(tree, (node, original))))
    if not dotted(original) or not uses:
        return
    for chosen in (calls, *([use] for use in calls if len(calls) > 1)):
        if chosen:
            patch = Patch(tree)
            for use in chosen:
                patch.replace(*tree.offsets(use), tree.source(original))
            yield Fix(CODE, f"compute with `{tree.source(original)}`, not with its copy", tidied(tree, patch.edits()))


def _uses(tree: Tree, node: cst.Call) -> list[cst.BaseExpression]:
    """The uses of the name that the copy is bound to."""
    names, parent = Names(tree), tree.parent(node)
    return [use for binding in names.all() if binding.place is parent for use in names.uses(binding)]


def _is_kept(tree: Tree, use: cst.BaseExpression) -> bool:
    """Whether this use treats the copy as a snapshot: it is loaded into, saved, switched."""
    parent = tree.parent(use)
    if isinstance(parent, cst.Attribute):
        return parent.attr.value in _KEPT
    if isinstance(parent, cst.Arg) and isinstance(called := tree.parent(parent), cst.Call):
        return dotted(called.func).endswith((".save", "load_state_dict"))
    return False
