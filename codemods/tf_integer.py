"""A tape is asked for the gradient of whole numbers.

What breaks: only floating values have a gradient. ``tf.constant(3)`` and ``tf.Variable([1, 2])`` are ``int32``;
watching one logs a line, asking for its gradient gives ``None``.

Why the fix is right: the same numbers as ``float32``. What is computed from them stays equal wherever it did not
divide or overflow; the proof compares it.

When to leave it alone: indices, labels, counts: nobody asks for their gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tapes import keyword, set_keyword
from autofix.tree import Tree, Trees

CODE = "AF507"
OPS = {"tape:integer"}
ADVICE = "make it floating: tf.constant(3.0), or dtype=tf.float32"
MAKERS = frozenset(["constant", "Variable", "convert_to_tensor", "range", "ones", "zeros", "fill", "eye", "cast"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in MAKERS:
        return
    edits = _floats(tree, call)
    if edits:
        yield Fix(CODE, "make it floating", edits)
    name, needed = tree.spell("tensorflow")
    yield Fix(CODE, "make it floating", (_dtype(tree, call, f"{name}.float32"), *needed))


def _floats(tree: Tree, call: cst.Call) -> tuple[Edit, ...]:
    """``3`` → ``3.0`` in the data that is written out, where that alone decides the dtype."""
    if keyword(tree, call, "dtype") is not None or len(call.args) != 1 or call.func.attr.value not in ("constant", "Variable", "convert_to_tensor"):
        return ()
    data = call.args[0].value
    kinds = (cst.Integer, cst.List, cst.Tuple, cst.UnaryOperation)
    if any(not isinstance(n, kinds) for n in tree.walk(cst.BaseExpression, data)):
        return ()
    return tuple(tree.replace(n, f"{n.value}.0") for n in tree.walk(cst.Integer, data) if n.value.isdigit())


def _dtype(tree: Tree, call: cst.Call, dtype: str) -> Edit:
    positional = [a for a in call.args if a.keyword is None]
    if call.func.attr.value in ("constant", "cast", "convert_to_tensor", "ones", "zeros") and len(positional) == 2:
        return tree.replace(positional[1].value, dtype)
    return set_keyword(tree, call, "dtype", dtype)
