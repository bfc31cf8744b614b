"""A value that the backward pass needs is overwritten in place.

What breaks: ``y = torch.exp(x); y += 1`` or ``f /= f.norm()``: backward needs the old ``y`` and finds the new one, and
raises "one of the variables needed for gradient computation has been modified by an inplace operation".

Why the fix is right: out of place the same numbers are computed into a new tensor, and the old ones stay for the
backward pass. Only the guilty operations are changed: proof drops the others.

When to leave it alone: in-place work that backward does not need to undo (after an addition, on a linear layer's
output) raises nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix import statements as st
from autofix.leafs import keyword, without_argument
from autofix.model import Break, Edit, Fix
from autofix.tree import Tree, Trees

CODE = "AF203"
OPS = {"saved:inplace"}
ADVICE = "compute this out of place, or on a clone, so that backward finds what it saved"



def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = next(iter(tree.nodes_at(break_.span)), None)
    if node is None:
        return
    shown = " ".join(break_.expression.split())
    for edits in _ways(tree, node):
        if edits:
            yield Fix(CODE, f"`{shown}` out of place", edits)


def _ways(tree: Tree, node: cst.CSTNode) -> Iterator[tuple[Edit, ...]]:
    statement = st.statement_of(tree, node)
    one = st.augmented(statement)
    if one is not None and not isinstance(node, cst.Call):
        yield from _augmented(tree, statement, one)
    elif isinstance(node, cst.Call):
        yield from _called(tree, statement, node)
    elif isinstance(node, cst.Subscript) and statement is not None:
        yield from _cloned(tree, statement, node)


def _augmented(tree: Tree, statement: cst.CSTNode, one: cst.AugAssign) -> Iterator[tuple[Edit, ...]]:
    if isinstance(one.target, cst.Subscript):
        yield from _cloned(tree, statement, one.target)
        return
    yield (tree.replace(one, st.written_out(tree, one, tree.source(one.target))),)
    yield from _viewed(tree, statement, one.target)


def _called(tree: Tree, statement: cst.CSTNode | None, call: cst.Call) -> Iterator[tuple[Edit, ...]]:
    flag = keyword(call, "inplace")
    if flag is not None:
        yield (without_argument(tree, call, flag),)
        return
    method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    if not method.endswith("_") or method.endswith("__"):
        yield from _constructed(tree)
        return
    holder = call.func.value
    named = isinstance(holder, (cst.Name, cst.Attribute))
    alone = isinstance(st.small(statement), cst.Expr) and st.small(statement).value is call
    if isinstance(holder, cst.Subscript) or method in effects.OVERWRITES:
        yield from _cloned(tree, statement, holder)
    elif alone and named:
        yield (
            tree.insert(tree.offsets(call)[0], f"{tree.source(holder)} = "),
            tree.replace(call.func.attr, method[:-1]),
        )
        yield from _viewed(tree, statement, holder)
    else:
        yield (tree.replace(call.func.attr, method[:-1]),)
        if named:
            yield from _cloned(tree, statement, holder)


def _constructed(tree: Tree) -> Iterator[tuple[Edit, ...]]:
    """The operation is a module's (``nn.ReLU(inplace=True)``): the modules that are made so."""
    made = [
        (call, flag)
        for call in tree.walk(cst.Call)
        if (flag := keyword(call, "inplace")) and tree.source(flag.value) == "True"
    ]
    edits = tuple(without_argument(tree, call, flag) for call, flag in made)
    yield edits
    for edit in edits if len(edits) > 1 else ():
        yield (edit,)


def _cloned(tree: Tree, statement: cst.CSTNode | None, written: cst.BaseExpression) -> Iterator[tuple[Edit, ...]]:
    """The statement works on a fresh clone."""
    while isinstance(written, cst.Subscript):
        written = written.value
    if statement is None or not isinstance(written, (cst.Name, cst.Attribute)):
        return
    name = tree.source(written)
    yield from _viewed(tree, statement, written)
    pair = st.assigned(statement)
    if pair is not None and any(True for _ in st.occurrences(tree, st.text(tree, written), pair[1])):
        value = st.fresh_name(tree, "value")
        code = tree.text[slice(*tree.outer_offsets(pair[1]))]
        lines = (
            tree.line_before(statement, f"{value} = {code}"),
            tree.line_before(statement, f"{name} = {name}.clone()"),
        )
        joined = Edit(tree.path, lines[0].start, lines[0].end, lines[0].text + lines[1].text)
        yield joined, Edit(tree.path, *tree.outer_offsets(pair[1]), value)
    yield (tree.line_before(statement, f"{name} = {name}.clone()"),)
    for before in st.earlier(tree, statement):
        pair = st.assigned(before)
        if pair is not None and st.text(tree, pair[0]) == name:
            yield (tree.replace(pair[1], f"{st.grouped(tree, pair[1])}.clone()"),)
            return


def _viewed(tree: Tree, statement: cst.CSTNode, written: cst.BaseExpression) -> Iterator[tuple[Edit, ...]]:
    """The written name is a view: what it views becomes a clone before."""
    name = st.text(tree, written)
    for before in st.earlier(tree, statement):
        pair = st.assigned(before)
        if pair is None or st.text(tree, pair[0]) != name:
            continue
        viewed = pair[1]
        while isinstance(viewed, (cst.Subscript, cst.Call)):
            viewed = (
                viewed.func.value
                if isinstance(viewed, cst.Call) and isinstance(viewed.func, cst.Attribute)
                else getattr(viewed, "value", None)
            )
        if isinstance(viewed, (cst.Name, cst.Attribute)) and viewed is not pair[1] and tree.qualified(viewed) is None:
            whole = tree.source(viewed)
            yield (tree.line_before(before, f"{whole} = {whole}.clone()"),)
        return
