"""A tensor leaves torch for numpy (or math, or scipy) on its way to the loss.

What breaks: ``t.detach().numpy()`` (and ``np.exp(t)``, ``t.item()``) gives numbers without a graph. All that
is computed from them, up to the loss or back to ``torch.tensor(...)``, has no gradient: ``.grad`` stays
None, or the program dies with ``'numpy.float32' object has no attribute 'backward'``. PyTorch's own
message ("Use tensor.detach().numpy() instead") teaches the bug.

Why the fix is right: every expression that the value passes through is written in torch instead, by a table
that a test holds to numpy value by value and derivative by derivative. Arrays that it is combined with
become tensors, in the dtype they had. What is beside the path (a print, a plot, a list of losses) gets plain
numbers as before. A helper that other code shares keeps its numpy form and gets a twin.

When to leave it alone: where numpy is meant to be off the graph (metrics, plots, data), no gradient is
missed and nothing is reported. Where something on the path is not in the table, there is no fix: write that
function in torch, or wrap it in a ``torch.autograd.Function`` with its derivative.
"""

from __future__ import annotations

from collections.abc import Iterator

from autofix import effects
from autofix.model import Break, Fix
from autofix.region.imports import tidied
from autofix.region.problem import GiveUp
from autofix.region.rewrite import Region
from autofix.tables.patch import Overlap
from autofix.tree import Trees

CODE = "AF102"
OPS = {
    "torch.Tensor.numpy",
    "torch.Tensor.__array__",
    "torch.Tensor.__array_wrap__",
    "torch.Tensor.detach",
    "torch.Tensor.data",
    "torch.Tensor.item",
    "torch.Tensor.tolist",
    "torch.Tensor.__float__",
    "torch.from_numpy",
    "torch.tensor",
    "float",
    "numpy.*",
    "scipy.*",
    "math.*",
}
ADVICE = "Compute this in torch: numpy, math and scipy keep no graph, so no gradient comes back through them."


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    """The region in torch; a second candidate keeps float64 where numpy had it."""
    if not _is_ours(break_):
        return
    tree = trees(break_.span.path)
    for precise in (False, True):
        region = Region(tree, break_, precise)
        try:
            edits = tidied(tree, region.edits())
        except (GiveUp, Overlap, SyntaxError):
            return
        if edits:
            yield Fix(CODE, _title(break_), edits)
        if not region.deviates:
            return


def _is_ours(break_: Break) -> bool:
    """Whether the value really leaves torch, here or further on."""
    if any(s.on_path and s.span.path != break_.span.path and s.op.startswith(effects.ENTERS_NUMPY) for s in break_.steps):
        return False
    return break_.op.startswith(effects.ENTERS_NUMPY) or any(s.on_path and s.own and s.op.startswith(effects.ENTERS_NUMPY) for s in break_.steps)


def _title(break_: Break) -> str:
    expression = " ".join(break_.expression.split())
    return f"Stay in torch from `{expression}` on"
