"""The gradient of an intermediate value is read, and only leafs keep theirs.

What breaks: ``y = f(x); loss.backward(); y.grad`` gives None (with a warning): autograd passes the gradient of ``y``
on and forgets it. ``w[0].grad`` asks a new tensor, which no loss has seen: the gradient is in ``w.grad``.

Why the fix is right: ``y.retain_grad()`` before the backward pass keeps it; no value and no other gradient changes. Of a part of a
leaf that is taken afterwards, the same part of the leaf's gradient is meant: ``w.grad[0]``.

When to leave it alone: where a hook or ``torch.autograd.grad`` gets at the gradient already.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Span
from autofix.statements import assigned, binds, differentiates, earlier, fresh_name, outer, small, statement_of, text
from autofix.tree import Tree, Trees

CODE = "AF205"
OPS = {"grad:intermediate", "grad:part"}
VIEWS = frozenset("view reshape flatten squeeze unsqueeze t transpose permute contiguous T mT select narrow diagonal".split())
ADVICE = "call retain_grad() on this value before the backward pass"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    if break_.op == "grad:part":
        yield from _part(tree, break_)
        return
    edit = _where_it_is_bound(tree, break_.span)
    if edit is not None:
        yield Fix(CODE, f"keep the gradient of `{break_.targets[0].name}`", (edit,))
    edit = _after_the_forward(tree, break_)
    if edit is not None:
        yield Fix(CODE, f"keep the gradient of `{break_.targets[0].name}`", (edit,))
    for guarded in (False, True):
        edits = [_where_it_is_made(trees(span.path), span, guarded) for span in break_.related]
        if edits and all(edits):
            flat = tuple(dict.fromkeys(edit for group in edits for edit in group))
            yield Fix(CODE, f"keep the gradient of `{break_.targets[0].name}`", flat)


def _part(tree: Tree, break_: Break) -> Iterator[Fix]:
    """``w[0].grad`` → ``w.grad[0]``, also where ``w[0]`` was given a name."""
    read = tree.expression_at(break_.span)
    if not isinstance(read, cst.Attribute):
        return
    taken = read.value
    if isinstance(taken, cst.Name):
        made = tree.expression_at(break_.related[0])
        pair = assigned(statement_of(tree, made)) if made is not None else None
        if pair is None or pair[1] is not made or text(tree, pair[0]) != taken.value:
            return
        taken = made
    base = taken
    while not isinstance(base, cst.Name):
        inner = base.func if isinstance(base, cst.Call) else base
        if isinstance(inner, cst.Attribute) and (isinstance(base, cst.Call) or inner.attr.value in ("T", "mT")):
            if inner.attr.value not in VIEWS:
                return
        elif not isinstance(base, cst.Subscript):
            break
        base = inner.value
    if base is taken or not isinstance(base, (cst.Name, cst.Attribute)):
        return
    end, whole = tree.offsets(base)[1], tree.offsets(taken)
    code = f"{tree.text[whole[0] : end]}.grad{tree.text[end : whole[1]]}"
    yield Fix(CODE, f"read the part of `{tree.source(base)}.grad`", (tree.replace(read, code),))


def _where_it_is_bound(tree: Tree, read: Span) -> Edit | None:
    """After the statement that gives the name its value, in the block that differentiates before the read."""
    node = tree.expression_at(read)
    if not isinstance(node, cst.Attribute) or not isinstance(node.value, (cst.Name, cst.Attribute)):
        return None
    name = text(tree, node.value)
    statement, passed = statement_of(tree, node), False
    while statement is not None:
        for before in earlier(tree, statement):
            if passed and binds(tree, before, name):
                plain = isinstance(before, cst.SimpleStatementLine) and not differentiates(tree, before)
                return tree.line_after(before, f"{name}.retain_grad()") if plain else None
            passed = passed or differentiates(tree, before)
        statement = outer(tree, statement)
    return None


def _after_the_forward(tree: Tree, break_: Break) -> Edit | None:
    """Behind the statement that made it, by the words that read it: what a hook has put into a dict."""
    read = tree.expression_at(break_.span)
    made = [tree.statement_at(span.line) for span in break_.related if span.path == tree.path]
    if not isinstance(read, cst.Attribute) or not isinstance(read.value, cst.Subscript) or len(made) != 1:
        return None
    constant = all(
        isinstance(i.slice, cst.Index) and isinstance(i.slice.value, (cst.SimpleString, cst.Integer))
        for i in read.value.slice
    )
    same = made[0] is not None and tree.enclosing(made[0], cst.FunctionDef) is tree.enclosing(read, cst.FunctionDef)
    if not constant or not same or not isinstance(made[0], cst.SimpleStatementLine):
        return None
    return tree.line_after(made[0], f"{tree.source(read.value)}.retain_grad()")


def _where_it_is_made(tree: Tree, made: Span, guarded: bool) -> tuple[Edit, ...]:
    node = tree.expression_at(made)
    statement = statement_of(tree, node) if node is not None else None
    pair, one = assigned(statement), small(statement)
    if pair is not None and isinstance(pair[0], (cst.Name, cst.Attribute, cst.Subscript)) and pair[1] is node:
        return (tree.line_after(statement, _keep(tree.source(pair[0]), guarded)),)
    if pair is not None and isinstance(pair[1], cst.ListComp) and pair[1].elt is node:
        return (
            (tree.line_after(statement, f"for value in {tree.source(pair[0])}: {_keep('value', guarded)}"),)
            if not guarded
            else ()
        )
    if any(isinstance(around, cst.BaseComp) for around in tree.ancestors(node)):
        return ()
    if isinstance(one, (cst.Return, cst.Assign, cst.Expr)):
        name = fresh_name(tree, "kept")
        line = f"{name} = {tree.source(node)}"
        return (
            tree.line_before(statement, line),
            tree.line_before(statement, _keep(name, guarded)),
            tree.replace(node, name),
        )
    return ()


def _keep(name: str, guarded: bool) -> str:
    return f"if {name}.requires_grad: {name}.retain_grad()" if guarded else f"{name}.retain_grad()"
