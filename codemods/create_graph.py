"""A gradient is differentiated again, and the first differentiation kept no graph.

What breaks: ``torch.autograd.grad(u, x)`` gives plain numbers unless ``create_graph=True``, and so does the ``.grad`` that
``u.backward()`` leaves at an input. A loss made of them (a
physics residual, a gradient penalty, an unrolled inner step) teaches nothing to the parameters behind ``u``;
where another term of the loss is alive nothing is said about it.

Why the fix is right: the values are the same, and the derivative now has a history.

When to leave it alone: forces in evaluation, Hessian-vector products' last sweep, first-order meta-learning.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.leafs import with_argument
from autofix.model import Break, Fix
from autofix.tree import Trees

CODE = "AF209"
OPS = {"torch.autograd.grad", "backward:inner"}
ADVICE = "pass create_graph=True to the inner differentiation"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if isinstance(node, cst.Call) and not any(arg.star for arg in node.args) and len(node.args) < 5:
        yield Fix(CODE, "keep the graph of the inner derivative", (with_argument(tree, node, "create_graph", "True"),))
