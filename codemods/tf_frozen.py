"""A variable that a tape is asked for was made with ``trainable=False``.

What breaks: tapes watch the trainable variables that they meet, and no others; the gradient is ``None``. (Keras's
``layer.trainable = False`` is another matter: it leaves the gradient alone.)

Why the fix is right: the program asks for this gradient; as a trainable variable it has the same value.

When to leave it alone: running statistics, step counters, tables: nobody asks for their gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tapes import Block, drop_argument, is_path, keyword
from autofix.tree import Trees

CODE = "AF506"
OPS = {"variable:frozen"}
ADVICE = "make the variable trainable, or let the tape watch it"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    given = keyword(tree, call, "trainable") if isinstance(call, cst.Call) else None
    if given is not None:
        yield Fix(CODE, "make the variable trainable", (drop_argument(tree, call, given),))
    if len(break_.related) >= 3:
        tree = trees(break_.related[0].path)
        block, source = Block.of(tree, break_.related[0]), tree.expression_at(break_.related[2])
        if block is not None and source is not None and is_path(source):
            yield Fix(CODE, f"watch `{tree.source(source)}`", (block.at_start(f"{block.name}.watch({tree.source(source)})"),))
