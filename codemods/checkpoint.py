"""A re-entrant checkpoint gets no input that requires a gradient.

What breaks: ``checkpoint(f, x)`` with ``use_reentrant=True`` (still the default) runs ``f`` without a graph and makes
one only where one of its inputs requires grad. Where none does (data, a frozen embedding's output), the parameters
inside ``f`` get no gradient; a warning is all that says so.

Why the fix is right: ``use_reentrant=False`` records the graph as the checkpointed function itself builds it. The
numbers are the same, and so is what is saved and recomputed.

When to leave it alone: where an input requires grad, or was given ``requires_grad_()`` for this very purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF305"
OPS = {"torch.utils.checkpoint.checkpoint"}
ADVICE = "pass use_reentrant=False"

CHECKPOINTS = ("torch.utils.checkpoint.checkpoint", "torch.utils.checkpoint.checkpoint_sequential")


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    call = _configured(node, tree) if isinstance(node, cst.Call) else None
    if call is not None:
        yield Fix(CODE, "checkpoint with `use_reentrant=False`", (_switched(call, tree),))


def _configured(node: cst.Call, tree: Tree) -> cst.Call | None:
    """The call that decides: this one, or the ``functools.partial`` that made what is called here."""
    if _flag(node) is not None or tree.qualified(node.func) in CHECKPOINTS:
        return node
    name = tree.source(node.func)
    for assignment in tree.walk(cst.Assign):
        value = assignment.value
        if any(tree.source(target.target) == name for target in assignment.targets) and isinstance(value, cst.Call):
            if any(tree.qualified(arg.value) in CHECKPOINTS for arg in value.args):
                return value
    return None


def _flag(call: cst.Call) -> cst.Arg | None:
    return next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "use_reentrant"), None)


def _switched(call: cst.Call, tree: Tree) -> Edit:
    flag = _flag(call)
    if flag is not None:
        return tree.replace(flag.value, "False")
    last = next((arg for arg in reversed(call.args) if arg.star != "**"), call.args[-1])
    return tree.insert(tree.outer_offsets(last.value)[1], ", use_reentrant=False")
