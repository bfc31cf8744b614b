"""Rounding, thresholds and argmax on the way to the loss.

What breaks: ``tf.round``, ``tf.sign`` and ``tf.floor`` have the derivative zero, ``x > c``, ``tf.argmax`` and casts to
whole numbers have none. What lies before them never learns.

Why the fix is right: it is a choice, and therefore unsafe. A rounding keeps its value and lets the gradient of its
argument pass (straight-through); a threshold becomes a sigmoid, an argmax the expected index under a softmax.

When to leave it alone: accuracies, masks and decisions beside the loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Safety
from autofix.tapes import is_path
from autofix.tree import Tree, Trees

CODE = "AF518"
ROUNDING = frozenset({"tf.round", "tf.sign", "tf.floor", "tf.math.ceil", "tf.math.rint"})
OPS = {*ROUNDING, "tf.greater", "tf.greater_equal", "tf.less", "tf.less_equal", "tf.argmax", "tf.argmin", "tf.cast", "tf.math.top_k"}
ADVICE = "use a differentiable surrogate: straight-through for a rounding, a sigmoid for a threshold, a softmax for argmax"
SIGNS = {cst.GreaterThan: 1, cst.GreaterThanEqual: 1, cst.LessThan: -1, cst.LessThanEqual: -1}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    name, needed = tree.spell("tensorflow")
    if break_.op in ROUNDING and isinstance(node, cst.Call) and len(node.args) == 1 and _is_simple(tree, node.args[0].value):
        value = tree.source(node.args[0].value)
        value = value if is_path(node.args[0].value) else f"({value})"
        text = f"{value} + {name}.stop_gradient({tree.source(node)} - {value})"
        text = f"({text})" if isinstance(tree.parent(node), (cst.BinaryOperation, cst.UnaryOperation, cst.Attribute, cst.Subscript)) else text
        yield _fix("let the gradient pass straight through", (tree.replace(node, text), *needed), "rounding is taken for the identity in the backward pass")
    elif isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        yield from _threshold(tree, node, name, needed)
    elif break_.op == "tf.cast" and isinstance(node, cst.Call) and node.args:
        above = tree.parent(tree.parent(node))
        if isinstance(above, cst.Call) and _last(above.func) == "cast":
            yield _fix("keep the decimals", (tree.replace(above, tree.source(node.args[0].value)),), "the decimals are no longer cut off")
        elif len(node.args) > 1:
            edits = (tree.replace(node.args[1].value, f"{name}.float32"), *needed)
            yield _fix("keep the decimals", edits, "the decimals are no longer cut off")
    elif break_.op == "tf.argmax" and isinstance(node, cst.Call) and node.args and is_path(node.args[0].value):
        yield from _expected_index(tree, node, name, needed)


def _is_simple(tree: Tree, node: cst.BaseExpression) -> bool:
    """What may be written twice: names and numbers and operators."""
    return not any(True for _ in tree.walk((cst.Call, cst.Lambda, cst.ListComp, cst.NamedExpr, cst.Await), node))


def _fix(title: str, edits: tuple[Edit, ...], note: str) -> Fix:
    return Fix(CODE, title, edits, Safety.UNSAFE, note)


def _threshold(tree: Tree, node: cst.Comparison, name: str, needed) -> Iterator[Fix]:
    """``tf.cast(x > c, tf.float32)`` → ``tf.sigmoid(x - c)``."""
    sign = SIGNS.get(type(node.comparisons[0].operator))
    outer = tree.parent(tree.parent(node))
    if sign is None or not isinstance(outer, cst.Call) or _last(outer.func) not in ("cast", "where"):
        return
    if _last(outer.func) == "where" and [tree.source(a.value) for a in outer.args[1:]] != ["1.0", "0.0"]:
        return
    left, right = tree.source(node.left), tree.source(node.comparisons[0].comparator)
    first, second = (left, right) if sign > 0 else (right, left)
    text = f"{name}.sigmoid({first} - {second})" if is_path(node.comparisons[0].comparator) or sign < 0 else f"{name}.sigmoid({first} - ({second}))"
    if second in ("0", "0.0"):
        text = f"{name}.sigmoid({first})"
    yield _fix("use a sigmoid in place of the step", (tree.replace(outer, text), *needed), "a step becomes a smooth sigmoid")


def _expected_index(tree: Tree, node: cst.Call, name: str, needed) -> Iterator[Fix]:
    outer = tree.parent(tree.parent(node))
    axis = next((tree.source(a.value) for a in node.args[1:] if a.keyword is None or a.keyword.value == "axis"), "0")
    value = tree.source(node.args[0].value)
    if axis not in ("-1", "1") or not isinstance(outer, cst.Call) or _last(outer.func) != "cast":
        return
    places = f"{name}.range({value}.shape[{axis}], dtype={value}.dtype)"
    text = f"{name}.reduce_sum({name}.nn.softmax({value}, axis={axis}) * {places}, axis={axis})"
    yield _fix("use the expected index under a softmax", (tree.replace(outer, text), *needed), "the argmax becomes a soft argmax")


def _last(func: cst.BaseExpression) -> str:
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
