"""A variable's name is bound to a tensor: ``w = w - rate * g``.

What breaks: ``w - rate * g`` is a new tensor, no variable. After that line ``w`` names it; tapes do not watch it,
and the second step gets ``None``. ``w -= rate * g`` raises instead.

Why the fix is right: ``w.assign_sub(rate * g)`` writes the same number into the variable itself, which stays what the
tape watches and the optimizer holds.

When to leave it alone: a new name for a new value (``w_next = w - rate * g``), as in meta-learning, is no mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tapes import is_path, statement_of, used_names
from autofix.tree import Tree, Trees

CODE = "AF505"
OPS = {"variable:rebound", "variable:in-place"}
ADVICE = "write into the variable with assign, assign_add or assign_sub"
METHODS = {cst.Subtract: "assign_sub", cst.Add: "assign_add"}
AUGMENTED = {cst.SubtractAssign: "assign_sub", cst.AddAssign: "assign_add"}
WRITTEN_OUT = {cst.MultiplyAssign: "*", cst.DivideAssign: "/", cst.PowerAssign: "**"}


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    node = next((n for n in tree.nodes_at(break_.span) if isinstance(n, (cst.BaseExpression, cst.AugAssign))), None)
    line = statement_of(tree, node) if node is not None else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return
    edits = _written(tree, line, line.body[0])
    if edits:
        others = (edit for other in _also(tree, line) for edit in _written(tree, other, other.body[0]))
        yield Fix(CODE, "write into the variable", (*edits, *others))


def _also(tree: Tree, line: cst.SimpleStatementLine) -> Iterator[cst.SimpleStatementLine]:
    """Other lines of the same loop or function that bind the name to what they make of it: ``w = clip(w)``."""
    name = _rebound(tree, line)
    scope = tree.enclosing(line, (cst.For, cst.While, cst.FunctionDef)) or tree.module
    for other in tree.walk(cst.SimpleStatementLine, scope) if name else ():
        if other is not line and len(other.body) == 1 and _rebound(tree, other) == name:
            yield other


def _rebound(tree: Tree, line: cst.SimpleStatementLine) -> str:
    """``w`` of ``w = f(w)``."""
    statement = line.body[0]
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1 or not is_path(statement.targets[0].target):
        return ""
    name, value = tree.source(statement.targets[0].target), statement.value
    held = any(tree.source(part) == name for part in tree.walk((cst.Name, cst.Attribute, cst.Subscript), value))
    fresh = isinstance(value, cst.Call) and tree.source(value.func).rsplit(".", 1)[-1] == "Variable"
    return name if held and not fresh and not isinstance(value, cst.ListComp) else ""


def _written(tree: Tree, line: cst.SimpleStatementLine, statement) -> tuple[Edit, ...]:
    match statement:
        case cst.AugAssign() if is_path(statement.target):
            return _augmented(tree, statement)
        case cst.Assign() if len(statement.targets) == 1:
            target = statement.targets[0].target
            if isinstance(target, cst.Tuple) and isinstance(statement.value, cst.Tuple):
                return _several(tree, line, target, statement.value)
            if isinstance(statement.value, cst.ListComp):
                return _each(tree, line, target, statement.value)
            if is_path(target):
                return (tree.replace(statement, _update(tree, target, statement.value)),)
    return ()


def _augmented(tree: Tree, statement: cst.AugAssign) -> tuple[Edit, ...]:
    name = tree.source(statement.target)
    value = tree.source(statement.value)
    if type(statement.operator) in AUGMENTED:
        return (tree.replace(statement, f"{name}.{AUGMENTED[type(statement.operator)]}({value})"),)
    sign = WRITTEN_OUT.get(type(statement.operator))
    return () if sign is None else (tree.replace(statement, f"{name}.assign({name} {sign} ({value}))"),)


def _update(tree: Tree, target: cst.CSTNode, value: cst.BaseExpression) -> str:
    """``w - d`` as ``w.assign_sub(d)``, anything else as ``w.assign(...)``."""
    name = tree.source(target)
    if isinstance(value, cst.BinaryOperation) and type(value.operator) in METHODS and tree.source(value.left) == name:
        right = tree.source(value.right)
        if not value.lpar and _whole(value.right):
            return f"{name}.{METHODS[type(value.operator)]}({right})"
    return f"{name}.assign({tree.source(value)})"


def _whole(node: cst.BaseExpression) -> bool:
    return not isinstance(node, cst.GeneratorExp)


def _several(tree: Tree, line, targets: cst.Tuple, values: cst.Tuple) -> tuple[Edit, ...]:
    """``w, b = w - ..., b - ...``: one line each, if none needs the other's old value."""
    pairs = list(zip(targets.elements, values.elements))
    names = {tree.source(t.value) for t, _ in pairs}
    if len(targets.elements) != len(values.elements) or not all(is_path(t.value) for t, _ in pairs):
        return ()
    for target, value in pairs:
        if used_names(tree, value.value) & (names - {tree.source(target.value)}):
            return ()
    glue = tree.newline() + tree.indent_of(line)
    return (tree.replace(line.body[0], glue.join(_update(tree, t.value, v.value) for t, v in pairs)),)


def _each(tree: Tree, line, target, value: cst.ListComp) -> tuple[Edit, ...]:
    """``params = [p - rate * g for p, g in zip(params, grads)]``: the same as a loop."""
    loop = value.for_in
    if loop.ifs or loop.inner_for_in is not None or not is_path(target):
        return ()
    held = loop.target.elements[0].value if isinstance(loop.target, cst.Tuple) else loop.target
    if not isinstance(held, cst.Name) or tree.source(target) not in tree.source(loop.iter):
        return ()
    head = f"for {tree.source(loop.target)} in {tree.source(loop.iter)}:"
    inner = tree.newline() + tree.indent_of(line) + "    "
    return (tree.replace(line.body[0], head + inner + _update(tree, held, value.elt)),)
