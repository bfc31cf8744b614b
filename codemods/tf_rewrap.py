"""A tensor on its way to the loss is wrapped once more: ``tf.Variable(h)``, ``tf.constant(w)``, ``tf.as_string(x)``.

What breaks: ``tf.Variable(h)`` makes a new variable that starts with ``h``'s numbers; to a tape it is a source of its
own. ``tf.constant`` hands a tensor on, but reads the numbers out of a variable or a list of tensors. A number that is
written out as a string and read back has forgotten where it came from.

Why the fix is right: the value itself has the same numbers and keeps its history.

When to leave it alone: a copy that is meant to be a source of its own (a target network, a starting point).
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tapes import is_path, statement_of
from autofix.tree import Tree, Trees

CODE = "AF513"
OPS = {"tf.Variable", "tf.constant", "failed:tf.constant", "tf.as_string", "tf.strings.format"}
ADVICE = "use the tensor itself; tf.stack or tf.convert_to_tensor make one tensor of several"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if not isinstance(call, cst.Call) or not call.args or call.args[0].star:
        return
    if _last(call.func) in ("as_string", "format"):
        yield from _as_string(tree, call)
        return
    if _last(call.func) not in ("Variable", "constant"):
        return
    value = call.args[0].value
    name, needed = tree.spell("tensorflow")
    text = tree.source(value)
    if isinstance(value, (cst.List, cst.Tuple, cst.ListComp)):
        yield Fix(CODE, "stack the tensors", (tree.replace(call, f"{name}.stack({text})"), *needed))
        yield Fix(CODE, "make one tensor of them", (tree.replace(call, f"{name}.convert_to_tensor({text})"), *needed))
        return
    if _is_written(tree, call):
        return
    if is_path(value):
        yield Fix(CODE, f"take `{text}` itself", (tree.replace(call, f"{name}.convert_to_tensor({text})"), *needed))
        yield Fix(CODE, f"take `{text}` itself", (tree.replace(call, text),))
    else:
        bound = isinstance(tree.parent(call), (cst.BinaryOperation, cst.UnaryOperation, cst.Attribute, cst.Subscript))
        operator = isinstance(value, (cst.BinaryOperation, cst.UnaryOperation, cst.IfExp)) and bound
        yield Fix(CODE, "do not wrap the tensor again", (tree.replace(call, f"({text})" if operator else text),))


def _as_string(tree: Tree, call: cst.Call) -> Iterator[Fix]:
    """``to_number(as_string(x))`` is ``x``."""
    above = tree.parent(tree.parent(call))
    value = tree.source(call.args[-1 if _last(call.func) == "format" else 0].value)
    if isinstance(above, cst.Call) and _last(above.func) == "to_number":
        yield Fix(CODE, "keep the number", (tree.replace(above, value),))
        return
    statement = tree.parent(call)
    name = tree.source(statement.targets[0].target) if isinstance(statement, cst.Assign) else ""
    readers = [c for c in tree.walk(cst.Call) if _last(c.func) == "to_number" and c.args and tree.source(c.args[0].value) == name]
    if name and readers:
        yield Fix(CODE, "keep the number", (tree.replace(call, value), *(tree.replace(r, name) for r in readers)))


def _is_written(tree: Tree, call: cst.Call) -> bool:
    """Whether the new variable is assigned to later: then it must stay one."""
    line = statement_of(tree, call)
    statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(statement, cst.Assign) or statement.value is not call:
        return False
    name = tree.source(statement.targets[0].target)
    return any(
        isinstance(node.func, cst.Attribute) and node.func.attr.value.startswith("assign") and tree.source(node.func.value) == name
        for node in tree.walk(cst.Call)
    )


def _last(func: cst.BaseExpression) -> str:
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
