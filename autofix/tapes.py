"""``with tf.GradientTape() as tape:`` blocks in a source: find them, put lines in, move lines in."""

from __future__ import annotations

import libcst as cst

from autofix.model import Edit, Span
from autofix.tree import Tree

Line = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Block:
    """One ``with`` whose item is a tape. ``of`` gives None where the source is written otherwise."""

    def __init__(self, tree: Tree, node: cst.With, item: cst.WithItem):
        self.tree, self.node, self.item = tree, node, item
        self.body: cst.IndentedBlock = node.body
        self.name = item.asname.name.value

    @staticmethod
    def of(tree: Tree, span: Span) -> Block | None:
        """The block that is opened by the call at this place."""
        call = tree.expression_at(span) if span.path == tree.path else None
        item = tree.enclosing(call, cst.WithItem) if call is not None else None
        node = tree.parent(item) if item is not None and item.item is call else None
        named = item is not None and item.asname is not None and isinstance(item.asname.name, cst.Name)
        if not isinstance(node, cst.With) or not named or not isinstance(node.body, cst.IndentedBlock):
            return None
        return Block(tree, node, item)

    @property
    def call(self) -> cst.BaseExpression:
        return self.item.item

    def holds(self, node: cst.CSTNode) -> bool:
        return any(above is self.body for above in self.tree.ancestors(node))

    def at_start(self, code: str) -> Edit:
        """A line as the first of the block."""
        return self.tree.line_before(self.body.body[0], code)

    def at_end(self, code: str) -> Edit:
        return self.tree.line_after(self.body.body[-1], code)

    def binder(self, name: str) -> Line | None:
        """The first statement of the block that binds this name, None where it is bound before."""
        return next((line for line in self.body.body if name in bound_names(self.tree, line)), None)

    def siblings(self) -> tuple[list[Line], int]:
        """The statements among which the block stands, and its place there."""
        parent = self.tree.parent(self.node)
        lines = list(parent.body)
        return lines, lines.index(self.node)


def keyword(tree: Tree, call: cst.BaseExpression, name: str) -> cst.Arg | None:
    """The argument that is given by this keyword."""
    args = call.args if isinstance(call, cst.Call) else ()
    return next((a for a in args if a.keyword is not None and a.keyword.value == name), None)


def set_keyword(tree: Tree, call: cst.Call, name: str, value: str) -> Edit:
    """Give a keyword argument this value; it comes last where it is new."""
    known = keyword(tree, call, name)
    if known is not None:
        return tree.replace(known.value, value)
    if call.args:
        last = call.args[-1]
        return tree.insert(tree.outer_offsets(last.value)[1], f", {name}={value}")
    return tree.insert(tree.offsets(call)[1] - 1, f"{name}={value}")


def drop_argument(tree: Tree, call: cst.Call, arg: cst.Arg) -> Edit:
    """Take one argument out, with its comma."""
    args = list(call.args)
    place = args.index(arg)
    if place + 1 < len(args):
        return Edit(tree.path, start_of(tree, arg), start_of(tree, args[place + 1]), "")
    begin = tree.outer_offsets(args[place - 1].value)[1] if place else start_of(tree, arg)
    return Edit(tree.path, begin, tree.outer_offsets(arg.value)[1], "")


def start_of(tree: Tree, arg: cst.Arg) -> int:
    return tree.offsets(arg.keyword)[0] if arg.keyword is not None else tree.outer_offsets(arg.value)[0] - len(arg.star)


def statement_of(tree: Tree, node: cst.CSTNode) -> Line | None:
    """The innermost statement around a node."""
    return tree.enclosing(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))


def bound_names(tree: Tree, line: cst.CSTNode) -> set[str]:
    """The names and dotted names that a statement binds."""
    found = set()
    for node in tree.walk((cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.NamedExpr), line):
        for part in tree.walk((cst.Name, cst.Attribute, cst.Subscript), node.target):
            found.add(tree.source(part))
    return found


def used_names(tree: Tree, node: cst.CSTNode) -> set[str]:
    return {name.value for name in tree.walk(cst.Name, node)}


def is_path(node: cst.CSTNode | None) -> bool:
    """A name, or attributes and constant subscripts of one: what can be written twice."""
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        node = node.value
    return isinstance(node, cst.Name)


def is_written(tree: Tree, names: tuple[str, ...]) -> bool:
    """Whether the program writes into one of these as into a variable: by ``assign_sub`` and its like, itself or one by
    one in a loop, or by an optimizer."""
    for call in (call for call in tree.walk(cst.Call) if isinstance(call.func, cst.Attribute)):
        method, receiver = call.func.attr.value, tree.source(call.func.value)
        if method in ("assign", "assign_add", "assign_sub"):
            loops = [n for n in tree.ancestors(call) if isinstance(n, cst.For) and receiver in used_names(tree, n.target)]
            if receiver in names or any(_mentions(tree, loop.iter, names) for loop in loops[:1]):
                return True
        elif method == "apply_gradients" and any(_mentions(tree, arg, names) for arg in call.args):
            return True
    return False


def _mentions(tree: Tree, node: cst.CSTNode, names: tuple[str, ...]) -> bool:
    return any(tree.source(part) in names for part in tree.walk((cst.Name, cst.Attribute, cst.Subscript), node))


def whole_lines(tree: Tree, first: Line, last: Line) -> tuple[int, int] | None:
    """Start of the first statement's line and end of the last one's, None where they share a line with others."""
    start = tree.offsets(first)[0]
    begin = tree.text.rfind("\n", 0, start) + 1
    if tree.text[begin:start].strip():
        return None
    end = tree.offsets(last)[1]
    stop = tree.text.find("\n", end)
    return begin, len(tree.text) if stop < 0 else stop + 1


def indented(tree: Tree, text: str, old: str, new: str) -> str | None:
    """The lines of a text moved from one indentation to another; None where a string spans lines."""
    if '"""' in text or "'''" in text:
        return None
    lines = []
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.startswith(old):
            if not line.lstrip().startswith("#"):
                return None
            line = old + line.lstrip()
        lines.append(new + line[len(old) :] if line.strip() else line)
    moved = "".join(lines)
    return moved if moved.endswith(("\n", "\r")) else moved + tree.newline()
