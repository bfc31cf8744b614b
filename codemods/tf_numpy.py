"""A tensor leaves TensorFlow for numpy, math or Python's numbers on its way to the loss.

What breaks: ``t.numpy()``, ``np.exp(w)`` (on a tensor or variable it gives an array without a word), ``float(t)``,
``math.log(t)``: plain numbers, which no tape follows. The gradient is ``None``; where the numbers were one factor of
several, a part of it is missing in silence; where the loss itself is a number, ``tape.gradient`` dies with "object
has no attribute '_id'".

Why the fix is right: every expression that the value passes through is written in TensorFlow instead, by a table that
a test holds to numpy value by value. What is beside the path (a print, a log) gets plain numbers as before. An array
that is filled item by item becomes a list, stacked when it is full. A helper that other code shares keeps its numpy
form and gets a twin.

When to leave it alone: metrics, plots, data: no gradient is missed there, and nothing is reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from autofix.model import Break, Fix
from autofix.region.imports import tidied
from autofix.region.problem import GiveUp
from autofix.region.tf_rewrite import TfRegion
from autofix.tables.patch import Overlap
from autofix.tree import Trees

CODE = "AF511"
OPS = {"tf.Tensor.numpy", "tf:*", "keras.Model.predict", "keras.Model.predict_on_batch"}
ADVICE = "compute this with tf.* functions: numpy, math and float() keep nothing that a tape could follow"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    try:
        edits = tidied(tree, TfRegion(tree, break_).edits())
    except (GiveUp, Overlap, SyntaxError):
        return
    if edits:
        expression = " ".join(break_.expression.split())
        yield Fix(CODE, f"stay in TensorFlow from `{expression}` on", edits)
