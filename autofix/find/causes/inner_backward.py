"""A term of the loss is made of an input's ``.grad``, which an earlier ``backward()`` left there without a history."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autofix.find.causes.partial import STOPPED_ON_PURPOSE
from autofix.find.causes.penalty import of_interest, weighs_in
from autofix.find.outline import Outline
from autofix.find.record import Root, Want
from autofix.find.starved import optimized
from autofix.find.view import Cause, View
from autofix.model import Span

FUNCTIONS = ("torch.", "F.", "nn.functional.", "sum", "abs")
ENDS = frozenset("sign sign_ detach item tolist numpy append zero_ data cpu copy_".split())


def causes(view: View) -> Iterator[Cause]:
    held = optimized(view.record)
    for want in view.record.wants:
        source = view.record.sources[want.source] if want.source >= 0 else None
        if source is None or want.how != "read" or not want.satisfied or want.root < 0 or source.parameter or source.index in held:
            continue
        inner = view.record.roots[want.root]
        for outer in view.record.roots[want.root + 1 :]:
            if inner.how == outer.how == "backward" and outer.site != inner.site and _feeds(view, want, outer):
                yield from _lost(view, want, inner, outer)
                break


def _lost(view: View, want: Want, inner: Root, outer: Root) -> Iterator[Cause]:
    for index in sorted(inner.data & outer.data & of_interest(view.record) - {want.source}):
        source = view.record.sources[index]
        learns = source.requires_grad and (outer.error or weighs_in(outer, index))
        for span in view.spans(inner.site) if learns else ():
            if "create_graph=True" in view.text(span):
                continue
            related = view.spans(want.site, outer.site)
            yield Cause("backward:inner", span, view.target(source, "inner"), related, ends=outer.made)


def _feeds(view: View, want: Want, outer: Root) -> bool:
    """Whether arithmetic alone leads from the gradient that is read to what is differentiated then (no perturbed input,
    no update)."""
    read, root = view.record.span(want.site), view.record.span(outer.site)
    if read is None or root is None or read.path != root.path:
        return False
    outline = view.outline_of(read.path)
    if STOPPED_ON_PURPOSE.search("\n".join(outline.text.split("\n")[read.line - 1 : read.end_line])):
        return False
    names = _computed(outline, read, view.record.sources[want.source].name)
    for call in outline.nodes_at(root, ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "backward":
            return any(ast.unparse(node) in names for node in ast.walk(call.func.value) if isinstance(node, ast.Name))
    return False


def _computed(outline: Outline, read: Span, own: str) -> set[str]:
    """The names, and functions, that stand for what is computed from the value at this place by arithmetic alone."""
    statements = [n for n in ast.walk(outline.tree) if isinstance(n, (ast.Assign, ast.AugAssign, ast.FunctionDef))]
    made = {t for s in statements for t in _targets(s) if any(isinstance(n, (ast.Call, ast.BinOp)) for v in _values(s) for n in ast.walk(v))}
    found: set[str] = set()
    while fresh := _reached(outline, read, own, statements, made | {own}, found) - found:
        found |= fresh
    return found


def _reached(outline: Outline, read: Span, own: str, statements: list[ast.stmt], made: set[str], found: set[str]) -> set[str]:
    """What is bound to a value that the place, or one of the ``found`` names, leads up to."""

    def is_start(node: ast.AST) -> bool:
        return _is_name(node, found) or _calls(node, found) or _is_at(outline, node, read)

    return {
        target
        for statement in statements
        if any(_leads_up(value, made - found, own, is_start) for value in _values(statement))
        for target in _targets(statement)
    }


def _targets(statement: ast.stmt) -> list[str]:
    """The names that it binds; a function's with brackets."""
    if isinstance(statement, ast.FunctionDef):
        return [f"{statement.name}()"]
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _values(statement: ast.stmt) -> list[ast.expr]:
    """The assigned value, what a function returns."""
    if isinstance(statement, ast.FunctionDef):
        return [n.value for n in ast.walk(statement) if isinstance(n, ast.Return) and n.value is not None]
    return [statement.value]


def _calls(node: ast.AST, names: set[str]) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return f"{name}()" in names


def _is_at(outline: Outline, node: ast.AST, place: Span) -> bool:
    return isinstance(node, ast.expr) and outline.span(node) == place


def _is_name(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names


def _leads_up(value: ast.expr, made: set[str], own: str, is_start) -> bool:
    """Whether a start stands in the value and only arithmetic is around it; a product with one of the
    ``made`` names weighs that one, and what is added to the input itself (``own``) moves it: both are no terms."""

    def leads(node: ast.AST) -> bool:
        if is_start(node):
            return True
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and leads(node.func.value):
                return node.func.attr not in ENDS
            return ast.unparse(node.func).startswith(FUNCTIONS) and any(leads(argument) for argument in node.args)
        if isinstance(node, ast.Attribute) and node.attr in ENDS:
            return False
        if isinstance(node, (ast.Lambda, ast.Compare)):
            return False
        if isinstance(node, ast.BinOp) and (isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult)) or _is_name(node.left, {own})):
            plain = [side for side in (node.left, node.right) if not leads(side)]
            return len(plain) < 2 and not any(isinstance(n, ast.Call) or _is_name(n, made) for p in plain for n in ast.walk(p))
        return any(leads(child) for child in ast.iter_child_nodes(node))

    return leads(value)
