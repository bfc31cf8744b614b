"""A tape is asked for the gradient of whole numbers.

What breaks: only floating values have a gradient. ``tf.constant(3)`` and ``tf.Variable([1, 2])`` are ``int32``;
watching one logs a line, asking for its gradient gives ``None``.

Why the fix is right: the same numbers as ``float32``. What is computed from them stays equal wherever it did not
divide or overflow; the proof compares it. Whole numbers that it is multiplied with or added to become floating too.

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
OPERATIONS = frozenset("add subtract multiply divide pow matmul tensordot matvec square".split())
MAKERS = frozenset(["constant", "Variable", "convert_to_tensor", "range", "ones", "zeros", "fill", "eye", "cast"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in MAKERS:
        return
    edits = _floats(tree, call)
    name, needed = tree.spell("tensorflow")
    dtype = _dtype(tree, call, f"{name}.float32")
    beside = [other for other in tree.walk(cst.Call) if other is not call and _in_arithmetic(tree, other)]
    beside = [other for other in beside if _with_it(tree, other, f"{name}.float32")]
    others = [edit for other in beside for edit in _with_it(tree, other, f"{name}.float32")]
    if not _meet(tree, call, beside):
        if edits:
            yield Fix(CODE, "make it floating", edits)
        yield Fix(CODE, "make it floating", (dtype, *needed))
    if others:
        yield Fix(CODE, "make it floating, and the whole numbers that it meets", (*(edits or (dtype,)), *others, *needed))


def _meet(tree: Tree, call: cst.Call, others: list[cst.Call]) -> bool:
    """Whether an operator stands between this value and one of the others, by the names that they are bound to."""
    own, names = _bound(tree, call), {_bound(tree, other) for other in others} - {""}
    for operation in tree.walk(cst.BinaryOperation):
        left, right = ({tree.source(n) for n in tree.walk((cst.Name, cst.Attribute), side)} for side in (operation.left, operation.right))
        if own in left and names & right or own in right and names & left:
            return True
    return False


def _bound(tree: Tree, call: cst.Call) -> str:
    parent = tree.parent(call)
    return tree.source(parent.targets[0].target) if isinstance(parent, cst.Assign) else ""


def _in_arithmetic(tree: Tree, call: cst.Call) -> bool:
    """Whether this, or the name it is bound to, is an operand: labels and indices are none."""
    name = _bound(tree, call)
    if not name:
        return isinstance(tree.parent(call), cst.BinaryOperation)
    for use in tree.walk((cst.Name, cst.Attribute)):
        above = tree.parent(use)
        called = tree.parent(above) if isinstance(above, cst.Arg) else None
        function = (tree.qualified(called.func) or "").rsplit(".", 1)[-1] if isinstance(called, cst.Call) else ""
        if tree.source(use) == name and (isinstance(above, cst.BinaryOperation) or function in OPERATIONS):
            return True
    return False


def _with_it(tree: Tree, call: cst.Call, dtype: str) -> tuple[Edit, ...]:
    """Other whole numbers: TensorFlow multiplies no float with an integer tensor."""
    origin = tree.qualified(call.func) or ""
    if origin in ("tensorflow.range", "numpy.arange") and keyword(tree, call, "dtype") is None and call.args:
        if any(True for arg in call.args for _ in tree.walk(cst.Float, arg)):
            return ()
        return (set_keyword(tree, call, "dtype", dtype if origin.startswith("tensorflow") else '"float32"'),)
    if origin == "numpy.array":
        return (set_keyword(tree, call, "dtype", '"float32"'),) if _floats(tree, call) else ()
    return _floats(tree, call) if origin.startswith("tensorflow.") else ()


def _floats(tree: Tree, call: cst.Call) -> tuple[Edit, ...]:
    """``3`` → ``3.0`` in the data that is written out, where that alone decides the dtype."""
    made = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    if keyword(tree, call, "dtype") is not None or len(call.args) != 1 or made not in ("constant", "Variable", "convert_to_tensor", "array"):
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
