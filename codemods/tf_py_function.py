"""``tf.numpy_function`` or ``tf.py_function`` on the way to the loss.

What breaks: TensorFlow cannot look into a numpy function: no gradient at all comes through ``tf.numpy_function``, and
through ``tf.py_function`` only what its body did with tensors (with ``.numpy()`` inside, a scalar zero).

Why the fix is right: the function's body is written in TensorFlow, by the table that a test holds to numpy, and called
directly. The numbers are the same.

When to leave it alone: data pipelines, metrics, a function with a gradient of its own (``tf.custom_gradient``).
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix, Value
from autofix.tables import numpy_tf
from autofix.tables.patch import Overlap, Patch
from autofix.tables.use import read
from autofix.tree import Tree, Trees

CODE = "AF514"
OPS = {"tf.numpy_function", "tf.py_function"}
ADVICE = "write the function with tf.* functions and call it directly, or give it a gradient with tf.custom_gradient"
METHODS = frozenset(["astype", "sum", "mean", "max", "min", "dot", "reshape", "flatten", "copy", "clip", "prod", "std", "var", "transpose", "round"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    given = _arguments(call) if isinstance(call, cst.Call) else None
    if given is None:
        return
    function, inputs = given
    body = _function(tree, function, call)
    if body is None or not isinstance(inputs, (cst.List, cst.Tuple)):
        return
    patch = Patch(tree)
    try:
        if not _translated(tree, patch, body):
            return
        values = [tree.source(element.value) for element in inputs.elements]
        start, end = tree.offsets(call)
        if isinstance(body, cst.Lambda):
            patch.replace(start, tree.offsets(function)[0], "(")
            patch.replace(tree.offsets(function)[1], end, f")({', '.join(values)})")
        else:
            patch.replace(start, end, f"{tree.source(function)}({', '.join(values)})")
        edits = patch.edits()
    except Overlap:
        return
    yield Fix(CODE, "call the function directly, in TensorFlow's words", edits)


def _arguments(call: cst.Call) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    named = {a.keyword.value: a.value for a in call.args if a.keyword is not None}
    plain = [a.value for a in call.args if a.keyword is None]
    function = plain[0] if plain else named.get("func")
    inputs = plain[1] if len(plain) > 1 else named.get("inp")
    return None if function is None or inputs is None else (function, inputs)


def _function(tree: Tree, function: cst.BaseExpression, call: cst.Call) -> cst.FunctionDef | cst.Lambda | None:
    """The definition, if this call is all that it is for."""
    if isinstance(function, cst.Lambda):
        return function
    if not isinstance(function, cst.Name):
        return None
    defined = [f for f in tree.walk(cst.FunctionDef) if f.name.value == function.value]
    uses = [n for n in tree.walk(cst.Name) if n.value == function.value and n is not function]
    uses = [n for n in uses if not any(n is f.name for f in defined)]
    return defined[0] if len(defined) == 1 and not uses else None


def _translated(tree: Tree, patch: Patch, body: cst.FunctionDef | cst.Lambda) -> bool:
    """Write every numpy expression of the body in TensorFlow; False where one has no counterpart."""
    nodes = [*tree.walk((cst.Call, cst.Attribute), body.body)]
    called = {id(n.func) for n in nodes if isinstance(n, cst.Call)}
    nodes = [n for n in nodes if id(n) not in called]
    for node in sorted(nodes, key=lambda n: tree.offsets(n)[1] - tree.offsets(n)[0]):
        name = _name(tree, node)
        if name == "numpy":
            patch.unwrap(node, node.func.value)
        elif name:
            got = read(tree, node, name, numpy_tf.parameters, _facts)
            changes = numpy_tf.rewrite(got[0]) if got is not None else None
            if changes is None:
                return False
            patch.apply(node, got[1], changes)
    return not any(isinstance(n.target, cst.Subscript) for n in tree.walk((cst.AssignTarget, cst.AugAssign), body))


def _name(tree: Tree, node: cst.CSTNode) -> str:
    """What the table calls it; ``numpy`` for ``x.numpy()``, empty where nothing is to be done."""
    if isinstance(node, cst.Attribute):
        origin = tree.qualified(node) or ""
        return "" if origin in ("numpy.pi", "numpy.e", "numpy.float32", "numpy.float64", "numpy.inf") else origin if origin.startswith("numpy.") else ""
    origin = tree.qualified(node.func) or ""
    if origin:
        return origin if origin.startswith(("numpy.", "math.", "scipy.")) else ""
    if not isinstance(node.func, cst.Attribute):
        return ""
    method = node.func.attr.value
    return "numpy" if method == "numpy" and not node.args else f"numpy.ndarray.{method}" if method in METHODS else ""


def _facts(node: cst.BaseExpression) -> tuple[Value | None, bool]:
    return None, True
