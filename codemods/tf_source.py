"""A tape is asked for another object than the one that the loss was computed from.

What breaks: ``tape.gradient(loss, copy)`` where the loss used the original: a second variable made from the first,
``w.numpy()``, ``w.read_value()``, ``model.get_weights()``. Equal numbers are not the same source; the answer is ``None``.

Why the fix is right: the source that the loss was computed from is asked for instead. Nothing else changes.

When to leave it alone: where the loss really does not depend on a source, None is the right answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tapes import is_path
from autofix.tree import Tree, Trees

CODE = "AF509"
OPS = {"tape:wrong-source"}
ADVICE = "ask for the variable or tensor itself that the loss was computed from"
COPIES = frozenset(["numpy", "value", "read_value", "copy"])
MAKERS = frozenset(["Variable", "constant", "convert_to_tensor", "identity", "cast"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    asked = tree.expression_at(break_.span)
    if asked is None:
        return
    name = break_.targets[0].name if len(break_.targets) == 1 else ""
    for text in dict.fromkeys([*_original(tree, asked), name]):
        if text and text != tree.source(asked) and _readable(text):
            yield Fix(CODE, f"ask for `{text}`", (tree.replace(asked, text),))


def _original(tree: Tree, asked: cst.BaseExpression) -> Iterator[str]:
    """What ``asked`` is a copy of, as the source tells."""
    if isinstance(asked, cst.Call) and isinstance(asked.func, cst.Attribute):
        method = asked.func.attr.value
        if method == "get_weights":
            yield f"{tree.source(asked.func.value)}.trainable_variables"
        elif method in COPIES and not asked.args:
            yield tree.source(asked.func.value)
        elif method in MAKERS and asked.args and is_path(asked.args[0].value):
            yield tree.source(asked.args[0].value)
    elif isinstance(asked, (cst.ListComp, cst.GeneratorExp)) and isinstance(asked.for_in.target, cst.Name):
        yield tree.source(asked.for_in.iter)


def _readable(text: str) -> bool:
    try:
        return is_path(cst.parse_expression(text))
    except cst.ParserSyntaxError:
        return False
