"""A tensor becomes a Python number on its way to the loss.

What breaks: ``t.item()``, ``float(t)``, ``t.tolist()``, ``math.exp(t)``, ``round(t, 4)`` give plain numbers without a
graph. A running total of ``loss.item()`` has no ``backward``; a temperature taken as ``float(...)`` in a forward
pass never learns, and nothing says so.

Why the fix is right: Python's arithmetic works on tensors as it does on numbers, so the value simply stays a tensor;
``math`` becomes ``torch``. What is printed, logged or collected beside the path gets its number by ``.item()`` there.
``int(t)`` and ``round(t)`` cut the value's decimals off, and no gradient comes through that: dropping them changes the
numbers a little, so that fix is unsafe.

When to leave it alone: numbers for the log, a schedule, early stopping, a controller that steers a coefficient: no
gradient is missed there.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix.model import Break, Fix, Safety
from autofix.region.imports import tidied
from autofix.region.problem import GiveUp
from autofix.region.rewrite import Region, spelled
from autofix.tables.patch import Overlap
from autofix.tree import Tree, Trees, dotted

CODE = "AF104"
OPS = {
    "torch.Tensor.item",
    "torch.Tensor.tolist",
    "torch.Tensor.__float__",
    "torch.Tensor.__int__",
    "torch.Tensor.__index__",
    "float",
    "int",
    "round",
    "math.*",
    "statistics.*",
}
ADVICE = "keep the value a tensor up to the loss, and take numbers from it only for the log"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    """The value's way in torch; a second candidate keeps float64 where Python had it."""
    if any(step.on_path and step.own and step.op.startswith(effects.ENTERS_NUMPY) for step in break_.steps):
        return
    tree = trees(break_.span.path)
    made: set[tuple] = set()
    for precise in (False, True):
        try:
            region = Region(tree, break_, precise)
            edits = tidied(tree, region.edits())
        except (GiveUp, Overlap, SyntaxError):
            continue
        if edits and edits not in made:
            made.add(edits)
            yield _fix(break_, tree, edits)


def _fix(break_: Break, tree: Tree, edits: tuple) -> Fix:
    title = f"keep `{' '.join(break_.expression.split())}` a tensor"
    whole = _made_whole(break_, tree)
    if not whole:
        return Fix(CODE, title, edits)
    return Fix(CODE, title, edits, Safety.UNSAFE, f"the value is no longer made whole by `{whole}`")


def _made_whole(break_: Break, tree: Tree) -> str:
    """``int`` or ``round``, where the value's decimals were cut off on the path."""
    spans = [break_.span, *(s.span for s in break_.steps if s.on_path and s.own and s.span.path == tree.path)]
    for span in spans:
        for node in tree.nodes_at(span):
            if isinstance(node, cst.Call) and dotted(node.func) in ("int", "round"):
                return node.func.value
            if isinstance(node, cst.Call) and node.args and spelled(node.args[0].value) is not None:
                return tree.source(node.args[0].value)
    return ""
