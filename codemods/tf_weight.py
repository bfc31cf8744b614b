"""A layer's weight that Keras does not know: a ``tf.Variable`` or a plain tensor as an attribute.

What breaks: Keras 3 lists its own variables in ``trainable_variables``, those from ``add_weight`` or ``keras.Variable``.
A ``tf.Variable`` attribute is not among them, and a tensor is no variable at all. The layer computes with it, no
optimizer ever gets it, and it keeps its first value for ever.

Why the fix is right: a ``keras.Variable`` of the same numbers is tracked by the layer that it is an attribute of.

When to leave it alone: state that the program updates itself (``assign``), tables and filters that are meant to stay.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tapes import statement_of
from autofix.tree import Tree, Trees

CODE = "AF515"
OPS = {"keras:untracked-variable", "keras:raw-tensor"}
ADVICE = "make it with self.add_weight(...) or keras.Variable(...)"
KEPT = frozenset(["trainable", "name", "dtype"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    value = _assigned(tree, node) if node is not None else None
    if value is None:
        return
    name = tree.name_for("keras")
    name, needed = (name, ()) if name else tree.spell("tensorflow.keras") if tree.name_for("tensorflow") else tree.spell("keras")
    if isinstance(value, cst.Call) and _last(value.func) == "Variable":
        edits = _of_variable(tree, value, f"{name}.Variable")
    else:
        edits = tree.wrap(value, f"{name}.Variable(", ")")
    if edits:
        yield Fix(CODE, "make it a variable that Keras tracks", (*edits, *needed))


def _assigned(tree: Tree, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The right side of ``self.w = ...`` that the place stands in."""
    line = statement_of(tree, node)
    statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(statement, (cst.Assign, cst.AnnAssign)):
        return None
    target = statement.targets[0].target if isinstance(statement, cst.Assign) else statement.target
    held = isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name) and target.value.value == "self"
    return statement.value if held else None


def _of_variable(tree: Tree, call: cst.Call, name: str) -> tuple[Edit, ...]:
    words = [a.keyword.value if a.keyword is not None else "" for a in call.args]
    if not words or words[0] not in ("", "initial_value") or not set(words[1:]) <= KEPT:
        return ()
    start = call.args[0].keyword
    return (tree.replace(call.func, name), *((tree.replace(start, "initializer"),) if start is not None else ()))


def _last(func: cst.BaseExpression) -> str:
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
