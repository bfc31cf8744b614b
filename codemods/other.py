"""Something else loses the gradient on its way.

What breaks: an operation without a derivative, or one that no other rule knows, stands between a target and the loss.
Its result has no history, or a zero one, and whatever made its operand gets no gradient.

Why the fix is right: there is none here. The finding names the place and the target, the rest is a decision about the
maths: another operation, a smooth stand-in, or a loss that does not need it.

When to leave it alone: where nothing starves; then autofix does not report it.
"""

from __future__ import annotations

from collections.abc import Iterator

from autofix.model import Break, Fix
from autofix.tree import Trees

CODE = "AF900"
OPS = {"torch.*", "tf.*", "function:*"}
ADVICE = "this operation has no derivative on the way to the loss: use one that has, or a smooth stand-in for it"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    yield from ()
