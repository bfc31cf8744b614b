"""Statements and blocks for codemods: what stands before and after, moving, wrapping and renaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from autofix.model import Edit
from autofix.tree import Tree

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
UNIT = "    "
TIGHT = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float, cst.List, cst.SimpleString)
PRODUCTS = (cst.Multiply, cst.Divide, cst.MatrixMultiply, cst.Power)
OPERATORS = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
    cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@",
}

# -- where things stand ---------------------------------------------------------------------------


def statement_of(tree: Tree, node: cst.CSTNode) -> Statement | None:
    """The innermost line or compound statement around a node; None in a one-line suite (``if x: y``)."""
    for one in (node, *tree.ancestors(node)):
        if isinstance(one, cst.SimpleStatementSuite):
            return None
        if isinstance(one, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            return one
    return None


def block_of(tree: Tree, statement: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """The statement and its siblings."""
    body = getattr(tree.parent(statement), "body", ())
    return body if isinstance(body, (list, tuple)) else ()


def earlier(tree: Tree, statement: cst.CSTNode) -> list[cst.CSTNode]:
    """The siblings before a statement, nearest first."""
    block = block_of(tree, statement)
    return list(reversed(block[: _index(block, statement)]))


def later(tree: Tree, statement: cst.CSTNode) -> list[cst.CSTNode]:
    """The siblings after a statement."""
    block = block_of(tree, statement)
    return list(block[_index(block, statement) + 1 :])


def _index(block: Sequence[cst.CSTNode], statement: cst.CSTNode) -> int:
    return next((i for i, one in enumerate(block) if one is statement), len(block))


def outer(tree: Tree, statement: cst.CSTNode) -> Statement | None:
    """The compound statement whose block the statement is in; None at the top of a function or module."""
    for node in tree.ancestors(statement):
        if isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef, cst.Module)):
            return None
        if isinstance(node, cst.BaseCompoundStatement):
            return node
    return None


def scope_of(tree: Tree, node: cst.CSTNode) -> cst.FunctionDef | cst.Module:
    """The function (or the module) whose names the node uses."""
    return tree.enclosing(node, cst.FunctionDef) or tree.module


def function_named(tree: Tree, node: cst.CSTNode) -> str:
    function = tree.enclosing(node, cst.FunctionDef)
    return function.name.value if function is not None else ""


def after(tree: Tree, node: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether ``other`` begins after ``node`` ends."""
    return tree.offsets(other)[0] >= tree.offsets(node)[1]


# -- what they are --------------------------------------------------------------------------------


def small(statement: cst.CSTNode | None) -> cst.BaseSmallStatement | None:
    """The one small statement of a line."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        return statement.body[0]
    return None


def assigned(statement: cst.CSTNode | None) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """Target and value of a plain assignment with one target."""
    one = small(statement)
    if isinstance(one, cst.Assign) and len(one.targets) == 1:
        return one.targets[0].target, one.value
    if isinstance(one, cst.AnnAssign) and one.value is not None:
        return one.target, one.value
    return None


def augmented(statement: cst.CSTNode | None) -> cst.AugAssign | None:
    one = small(statement)
    return one if isinstance(one, cst.AugAssign) else None


def text(tree: Tree, node: cst.CSTNode) -> str:
    """The source without white space, to compare expressions."""
    return "".join(tree.source(node).split())


def occurrences(tree: Tree, name: str, within: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """The expressions that read ``name`` (a name, an attribute chain or an item): not keywords, not parts of longer names."""
    for node in tree.walk((cst.Name, cst.Attribute, cst.Subscript), within):
        if text(tree, node) != name:
            continue
        parent = tree.parent(node)
        if isinstance(parent, cst.Attribute) and parent.attr is node:
            continue
        if isinstance(parent, (cst.Arg, cst.NamedExpr)) and getattr(parent, "keyword", None) is node:
            continue
        if isinstance(parent, (cst.Param, cst.FunctionDef, cst.ClassDef)):
            continue
        yield node


def binds(tree: Tree, statement: cst.CSTNode, name: str) -> bool:
    """Whether a statement gives ``name`` a new value (``=``, ``for``, ``with``, not ``+=``)."""
    for node in tree.walk((cst.AssignTarget, cst.AnnAssign, cst.For, cst.CompFor, cst.WithItem), statement):
        target = node.asname.name if isinstance(node, cst.WithItem) and node.asname else getattr(node, "target", None)
        parts = [e.value for e in target.elements] if isinstance(target, (cst.Tuple, cst.List)) else [target]
        if any(part is not None and text(tree, part) == name for part in parts):
            return True
    return False


def calls(tree: Tree, names: set[str], within: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls of methods or functions with one of these last names."""
    for call in tree.walk(cst.Call, within):
        called = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        if isinstance(called, cst.Name) and called.value in names:
            yield call


def differentiates(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a gradient is computed in there."""
    for call in calls(tree, {"backward", "grad"}, node):
        if isinstance(call.func, cst.Attribute) and (
            call.func.attr.value == "backward" or "autograd" in text(tree, call.func)
        ):
            return True
    return False


def reads_gradient(tree: Tree, node: cst.CSTNode, name: str = "") -> bool:
    """Whether ``.grad`` (of ``name``) is read in there."""
    return any(
        a.attr.value == "grad"
        and not text(tree, a.value).endswith("autograd")
        and (not name or text(tree, a.value) == name)
        and not _is_target(tree, a)
        for a in tree.walk(cst.Attribute, node)
    )


def _is_target(tree: Tree, node: cst.CSTNode) -> bool:
    return isinstance(tree.parent(node), cst.AssignTarget)


def under_no_grad(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether gradient mode is off around a node, by a ``with`` or a decorator."""
    for one in tree.ancestors(node):
        if isinstance(one, cst.With) and any("no_grad" in tree.source(item.item) for item in one.items):
            return True
        if isinstance(one, cst.FunctionDef):
            return any("no_grad" in tree.source(decorator) for decorator in one.decorators)
    return False


# -- edits ----------------------------------------------------------------------------------------


def grouped(tree: Tree, node: cst.BaseExpression) -> str:
    """The source of an operand, in parentheses where it needs them."""
    start, end = tree.outer_offsets(node)
    whole = tree.text[start:end]
    return whole if isinstance(node, TIGHT) or start < tree.offsets(node)[0] else f"({whole})"


def written_out(tree: Tree, statement: cst.AugAssign, target: str, source: str = "") -> str:
    """``x += e`` as ``target = x + e`` (or another source's name instead of ``x``)."""
    left = source or tree.source(statement.target)
    operator = OPERATORS[type(statement.operator)]
    value = statement.value
    loose = operator in "+-" and isinstance(value, cst.BinaryOperation) and isinstance(value.operator, PRODUCTS)
    start, end = tree.outer_offsets(value)
    return f"{target} = {left} {operator} {tree.text[start:end] if loose else grouped(tree, value)}"


def in_no_grad(tree: Tree, statements: Sequence[cst.CSTNode], code: str | None = None) -> tuple[Edit, ...]:
    """The edits that put consecutive statements (or ``code`` in their place) under ``torch.no_grad()``."""
    name, imports = tree.spell("torch.no_grad")
    start, end = tree.offsets(statements[0])[0], tree.offsets(statements[-1])[1]
    indent, newline = tree.indent_of(statements[0]), tree.newline()
    old = tree.text[start:end] if code is None else code.replace("\n", newline + indent)
    lines = [line if number == 0 or not line.strip() else UNIT + line for number, line in enumerate(old.split("\n"))]
    return (*imports, Edit(tree.path, start, end, f"with {name}():{newline}{indent}{UNIT}" + "\n".join(lines)))


def moved(
    tree: Tree, statement: cst.CSTNode, before: cst.CSTNode | None = None, behind: cst.CSTNode | None = None
) -> tuple[Edit, Edit]:
    """Take a statement out and put it in before or behind another."""
    code = tree.source(statement)
    there, here = tree.indent_of(before or behind), tree.indent_of(statement)
    code = code.replace("\n" + here, "\n" + there) if here != there else code
    put = tree.line_before(before, code) if before is not None else tree.line_after(behind, code)
    return _taken_out(tree, statement), put


def _taken_out(tree: Tree, statement: cst.CSTNode) -> Edit:
    """The lines of a statement that has siblings go."""
    if isinstance(statement, cst.SimpleStatementLine) or len(block_of(tree, statement)) < 2:
        return tree.delete_statement(statement)
    start, end = tree.offsets(statement)
    start -= len(tree.indent_of(statement))
    following = tree.text[end:].partition("\n")
    return Edit(tree.path, start, end + len(following[0]) + len(following[1]), "")


def fresh_name(tree: Tree, wish: str) -> str:
    """A name that the file does not use."""
    used = {node.value for node in tree.walk(cst.Name)}
    while wish in used:
        wish += "_"
    return wish
