"""Two backward passes go through one graph, and the first has freed it.

What breaks: ``loss_a.backward(); loss_b.backward()`` with a common trunk raises "Trying to backward through the graph a
second time"; so does a loop whose passes all use what was computed once before it, or a state carried from the last
pass.

Why the fix is right: ``retain_graph=True`` on the first of two losses leaves the graph for the second, and the gradients
add up. What depends on the parameters is computed anew in every round; a carried state is cut off from the rounds
before (truncated backpropagation). What was drawn once must not be drawn again: there the graph stays for all rounds.

When to leave it alone: one backward pass for each graph is enough everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix import statements as st
from autofix.leafs import factory, leaf_makers, with_argument
from autofix.model import Break, Fix
from autofix.tree import Tree, Trees

CODE = "AF211"
OPS = {"graph:freed", "graph:reused"}
ADVICE = "keep the graph for the second pass, or compute what both use anew"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = tree.expression_at(break_.span)
    if not isinstance(node, cst.Call):
        return
    kept = Fix(CODE, "keep the graph for the next backward pass", (with_argument(tree, node, "retain_graph", "True"),))
    if break_.op == "graph:freed":
        yield kept
        return
    loop = tree.enclosing(node, (cst.For, cst.While))
    if loop is not None and isinstance(loop.body, cst.IndentedBlock):
        yield from _carried(tree, loop)
        yield from _kept_by_an_object(tree)
        yield from _computed_once(tree, loop)
        yield kept


def _carried(tree: Tree, loop: cst.For | cst.While) -> Iterator[Fix]:
    """``out, h = rnn(x, h)``: the state of the last round comes without its graph."""
    first = loop.body.body[0]
    for statement in loop.body.body:
        one = st.small(statement)
        if not isinstance(one, cst.Assign) or isinstance(one.value, cst.BinaryOperation):
            continue
        for name in _bound(one):
            if any(True for _ in st.occurrences(tree, name, one.value)):
                title = f"cut `{name}` off from the rounds before"
                yield Fix(CODE, title, (tree.line_before(first, f"{name} = {name}.detach()"),))
                yield Fix(CODE, title, (tree.line_before(first, f"{name} = tuple(part.detach() for part in {name})"),))


def _kept_by_an_object(tree: Tree) -> Iterator[Fix]:
    """``self.h = self.cell(x, self.h)`` in a method: what the last call left there comes without its graph."""
    for assign in tree.walk(cst.Assign):
        method, target = tree.enclosing(assign, cst.FunctionDef), assign.targets[0].target
        parts = [e.value for e in target.elements] if isinstance(target, (cst.Tuple, cst.List)) else [target]
        if method is None or method.name.value == "__init__" or tree.enclosing(assign, (cst.For, cst.While)) is not None:
            continue
        for name in (st.text(tree, part) for part in parts if isinstance(part, cst.Attribute)):
            uses = [use for use in st.occurrences(tree, name, assign.value) if not isinstance(tree.parent(use), cst.Attribute)]
            if uses and name.startswith("self."):
                title, statement = f"cut `{name}` off from the calls before", st.statement_of(tree, assign)
                yield Fix(CODE, title, tuple(tree.replace(use, f"{name}.detach()") for use in uses))
                for value in (f"{name}.detach()", f"tuple(part.detach() for part in {name})"):
                    yield Fix(CODE, title, (tree.line_before(statement, f"{name} = None if {name} is None else {value}"),))


def _bound(assign: cst.Assign) -> list[str]:
    target = assign.targets[0].target
    parts = [e.value for e in target.elements] if isinstance(target, (cst.Tuple, cst.List)) else [target]
    return [part.value for part in parts if isinstance(part, cst.Name)]


def _computed_once(tree: Tree, loop: cst.For | cst.While) -> Iterator[Fix]:
    """What the loop uses and was computed from parameters before it moves into it."""
    needed = {node.value for node in tree.walk(cst.Name, loop)}
    moving = []
    for statement in st.earlier(tree, loop):
        one = st.small(statement)
        if not isinstance(one, cst.Assign) or not _computes(tree, one.value) or not set(_bound(one)) & needed:
            continue
        if any(st.binds(tree, loop, name) for name in _bound(one)):
            continue
        needed |= {node.value for node in tree.walk(cst.Name, one.value)}
        moving.append(statement)
    if moving:
        first = loop.body.body[0]
        lines = (tree.newline() + tree.indent_of(first)).join(tree.source(st.small(s)) for s in reversed(moving))
        removed = tuple(tree.delete_statement(statement) for statement in moving)
        yield Fix(CODE, "compute it anew in every round", (*removed, tree.line_before(first, lines)))


def _computes(tree: Tree, value: cst.BaseExpression) -> bool:
    """Whether an expression may hold a graph: it calls the program's own, or does arithmetic on names."""
    if factory(tree, value) or any(True for _ in leaf_makers(tree, value)) or ".detach()" in tree.source(value):
        return False
    origins = [tree.qualified(call.func) or "" for call in tree.walk(cst.Call, value)]
    if any(
        ".nn." in o and o.rsplit(".", 1)[-1][:1].isupper() or ".optim." in o or ".manual_seed" in o for o in origins
    ):
        return False
    if isinstance(value, cst.BinaryOperation):
        return any(True for _ in tree.walk(cst.Name, value))
    return isinstance(value, cst.Call) and bool(value.args or isinstance(value.func, cst.Attribute))
