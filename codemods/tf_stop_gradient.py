"""``tf.stop_gradient`` on the only way from a source to the loss.

What breaks: behind ``tf.stop_gradient`` a value is a constant to every tape; where no other way leads from the
source to the target, its gradient is ``None``.

Why the fix is right: the call hands its argument on unchanged, so the loss stays what it was.

When to leave it alone: a target network, a straight-through estimator, a stabilising maximum, an advantage: there the
sources get their gradient on another way, and nothing is reported.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tree import Trees

CODE = "AF504"
OPS = {"tf.stop_gradient"}
ADVICE = "let the gradient through on its way to the loss; stop it where a value is used as a constant"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if isinstance(call, cst.Call) and _last(call.func) == "stop_gradient" and call.args and not call.args[0].star:
        value = call.args[0].value
        start, end = tree.outer_offsets(value)
        text = tree.text[start:end]
        operator = isinstance(value, (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.IfExp)) and not value.lpar
        bound = isinstance(tree.parent(call), (cst.BinaryOperation, cst.UnaryOperation, cst.Attribute, cst.Subscript))
        yield Fix(CODE, "remove `stop_gradient`", (tree.replace(call, f"({text})" if operator and bound else text),))


def _last(func: cst.BaseExpression) -> str:
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
