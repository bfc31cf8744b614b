"""Whole numbers have no gradient: a leaf of integers, a cast to integers on the way to the loss, an integer buffer.

What breaks: ``torch.tensor([1, 2, 3], requires_grad=True)`` raises "only Tensors of floating point dtype can require
gradients"; ``counts.long()`` and ``buffer[i] = score`` into an integer buffer cut the graph.

Why the fix is right: floats hold the same whole numbers. Leaving out a cast is another matter: the values are no longer
cut to whole numbers, so that fix is unsafe and says so.

When to leave it alone: labels, indices, counts and lengths are integers, and nobody asks for their gradient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix import statements as st
from autofix.leafs import factory, is_parameter, keyword, with_argument
from autofix.model import Break, Edit, Fix, Safety
from autofix.tree import Tree, Trees

CODE = "AF210"
OPS = {
    *(f"torch.Tensor.{name}" for name in effects.CASTS),
    "leaf:integer",
    "torch.Tensor.__setitem__",
    "torch.Tensor.to",
    "torch.Tensor.type",
}
ADVICE = "use a floating point dtype where a gradient is to come through"
NOTE = "the values are no longer cut to whole numbers"
INTEGER = re.compile(r"\b(u?int(8|16|32|64)?|long|short|LongTensor|IntTensor|ShortTensor)\b")


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if node is None:
        return
    if break_.op == "leaf:integer":
        edits = _as_floats(tree, node)
        if edits:
            yield Fix(CODE, "floating point numbers can have a gradient", edits)
    elif break_.op == "torch.Tensor.__setitem__":
        for edits in _buffer(tree, node, break_):
            yield Fix(CODE, "a floating point buffer", edits, Safety.UNSAFE, NOTE)
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and _casts(tree, node):
        yield Fix(
            CODE,
            f"no `.{node.func.attr.value}()` on the way to the loss",
            (tree.between(node.func.value, node, ""),),
            Safety.UNSAFE,
            NOTE,
        )


def _casts(tree: Tree, call: cst.Call) -> bool:
    """Whether a call casts to integers and does nothing else."""
    name = call.func.attr.value
    return (
        name in effects.CASTS
        or name in ("to", "type")
        and len(call.args) == 1
        and bool(INTEGER.search(tree.source(call.args[0])))
    )


def _as_floats(tree: Tree, node: cst.BaseExpression) -> tuple[Edit, ...]:
    if isinstance(node, cst.Attribute):
        statement = st.statement_of(tree, node)
        name = tree.source(node.value)
        return () if statement is None else (tree.line_before(statement, f"{name} = {name}.float()"),)
    if is_parameter(tree, node):
        return _as_floats(tree, node.args[0].value)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "requires_grad_":
        return _as_floats(tree, node.func.value)
    if isinstance(node, cst.Call) and factory(tree, node):
        return _factory_of_floats(tree, node)
    cast = ".double()" if "from_numpy" in tree.source(node) else ".float()"
    return (Edit(tree.path, *tree.outer_offsets(node), st.grouped(tree, node) + cast),)


def _factory_of_floats(tree: Tree, call: cst.Call) -> tuple[Edit, ...]:
    name, imports = tree.spell("torch.float32")
    first = call.args[0].value if call.args else None
    whole = (
        list(tree.walk(cst.Integer, first))
        if isinstance(first, (cst.List, cst.Tuple, cst.Integer, cst.UnaryOperation))
        else []
    )
    literal = (
        whole
        and not list(tree.walk((cst.Name, cst.Call), first))
        and tree.source(call.func).rsplit(".", 1)[-1] == "tensor"
    )
    if literal and keyword(call, "dtype") is None:
        return tuple(tree.replace(number, _float(tree.source(number))) for number in whole)
    return (*imports, with_argument(tree, call, "dtype", name))


def _float(digits: str) -> str:
    return f"{digits}.0" if digits.replace("_", "").isdigit() else f"float({digits})"


def _buffer(tree: Tree, node: cst.BaseExpression, break_: Break) -> Iterator[tuple[Edit, ...]]:
    """The creation of the integer buffer that is written to, with a floating point dtype."""
    steps = [s for s in break_.steps if s.span == break_.span and s.op == break_.op and s.inputs]
    if not isinstance(node, cst.Subscript) or not steps or not INTEGER.search(steps[0].inputs[0].dtype):
        return
    dtype = "float64" if steps[0].inputs[-1].dtype == "float64" else "float32"
    name = st.text(tree, node.value)
    statement: cst.CSTNode | None = st.statement_of(tree, node)
    while statement is not None:
        for before in st.earlier(tree, statement):
            pair = st.assigned(before)
            if pair is not None and st.text(tree, pair[0]) == name:
                yield from _as_buffer(tree, pair[1], dtype)
                return
        statement = st.outer(tree, statement)


def _as_buffer(tree: Tree, made: cst.BaseExpression, dtype: str) -> Iterator[tuple[Edit, ...]]:
    if not isinstance(made, cst.Call):
        return
    if factory(tree, made):
        name, imports = tree.spell(f"torch.{dtype}")
        yield (*imports, with_argument(tree, made, "dtype", name))
    elif isinstance(made.func, cst.Attribute) and _casts(tree, made):
        yield (tree.between(made.func.value, made, ""),)
