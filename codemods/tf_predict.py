"""``model.predict`` inside a tape.

What breaks: ``predict`` runs the model batch by batch in a function of its own and returns numpy arrays. No tape sees
it; every gradient is ``None``, the optimizer says "No gradients provided for any variable".

Why the fix is right: ``model(x)`` runs the same layers in inference mode, as ``predict`` does, and gives a tensor.

When to leave it alone: for evaluation, plots and targets that are meant as constants ``predict`` is right.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tree import Trees

CODE = "AF510"
OPS = {"keras.Model.predict", "keras.Model.predict_on_batch"}
ADVICE = "call the model itself, model(x), where a gradient is wanted"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or not call.args:
        return
    if call.func.attr.value not in ("predict", "predict_on_batch") or call.args[0].star:
        return
    model, data = tree.source(call.func.value), call.args[0]
    start, end = tree.outer_offsets(data.value)
    yield Fix(CODE, f"call `{model}` itself", (tree.replace(call, f"{model}({tree.text[start:end]})"),))
