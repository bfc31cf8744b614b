"""A parsed file with places: what a codemod needs to look at the source and to write edits.

libcst parses (it keeps every space), this module adds the way from a place to a node and back.
Positions exclude parentheses around an expression, as in ``ast`` and in Python's own bytecode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

from autofix.model import Edit, Span

N = TypeVar("N", bound=cst.CSTNode)


class Tree:
    """One source file, parsed. Raises ``libcst.ParserSyntaxError`` where it does not parse."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text
        self._wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.module = self._wrapper.module

    @cached_property
    def _positions(self):
        return self._wrapper.resolve(PositionProvider)

    @cached_property
    def _parents(self):
        return self._wrapper.resolve(ParentNodeProvider)

    @cached_property
    def _line_starts(self) -> list[int]:
        """Offsets of the line starts, as Python's tokenizer counts lines (LF, CRLF, CR)."""
        starts, i, text = [0], 0, self.text
        while i < len(text):
            if text[i] == "\r" and text[i + 1 : i + 2] == "\n":
                i += 1
            if text[i] in "\r\n":
                starts.append(i + 1)
            i += 1
        return starts

    @cached_property
    def _by_place(self) -> dict[tuple[int, int, int, int], list[cst.CSTNode]]:
        index: dict[tuple[int, int, int, int], list[cst.CSTNode]] = {}
        for node, where in self._positions.items():
            key = (where.start.line, where.start.column, where.end.line, where.end.column)
            index.setdefault(key, []).append(node)
            if (head := self._second_line(node)) is not None:
                index.setdefault((*head, *key[2:]), []).append(node)
        return index

    def _second_line(self, node: cst.CSTNode) -> tuple[int, int] | None:
        """Where Python says that a chain broken over lines starts: at the attribute's name, not at its value."""
        attribute = node.func if isinstance(node, cst.Call) else node
        if not isinstance(attribute, cst.Attribute):
            return None
        name = self._positions[attribute.attr].start
        return (name.line, name.column) if name.line != self._positions[attribute].start.line else None

    # -- from places to nodes ---------------------------------------------------------------------

    def expression_at(self, span: Span) -> cst.BaseExpression | None:
        """The expression that has exactly this span."""
        return next((n for n in self.nodes_at(span) if isinstance(n, cst.BaseExpression)), None)

    def nodes_at(self, span: Span) -> list[cst.CSTNode]:
        """All nodes that have exactly this span (an expression, its Arg, its Expr statement, ...)."""
        return self._by_place.get((span.line, span.column, span.end_line, span.end_column), [])

    def statement_at(self, line: int) -> cst.CSTNode | None:
        """The innermost statement (simple line or compound) that covers this line."""
        found = None
        for node, where in self._positions.items():
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                if where.start.line <= line <= where.end.line:
                    if found is None or self._positions[found].start.line <= where.start.line:
                        found = node
        return found

    # -- from nodes to places ---------------------------------------------------------------------

    def span(self, node: cst.CSTNode) -> Span:
        where = self._positions[node]
        return Span(self.path, where.start.line, where.start.column, where.end.line, where.end.column)

    def offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end of the node in the text, without the parentheses around it."""
        where = self._positions[node]
        return self.offset(where.start.line, where.start.column), self.offset(where.end.line, where.end.column)

    def offset(self, line: int, column: int) -> int:
        return self._line_starts[line - 1] + column

    def source(self, node: cst.CSTNode) -> str:
        start, end = self.offsets(node)
        return self.text[start:end]

    # -- family -----------------------------------------------------------------------------------

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        while (node := self._parents.get(node)) is not None:
            yield node

    def enclosing(self, node: cst.CSTNode, kind: type[N] | tuple[type[N], ...]) -> N | None:
        """The nearest ancestor of that type."""
        return next((n for n in self.ancestors(node) if isinstance(n, kind)), None)

    def walk(self, kind: type[N], within: cst.CSTNode | None = None) -> Iterator[N]:
        """All nodes of that type, in source order."""
        stack = [within or self.module]
        while stack:
            node = stack.pop()
            if isinstance(node, kind):
                yield node
            stack.extend(reversed(node.children))

    # -- edits ------------------------------------------------------------------------------------

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """Put ``text`` in the node's place; parentheses around the node stay."""
        return Edit(self.path, *self.offsets(node), text)

    def insert(self, offset: int, text: str) -> Edit:
        return Edit(self.path, offset, offset, text)

    def wrap(self, node: cst.CSTNode, before: str, after: str) -> tuple[Edit, Edit]:
        """Put text around a node (parentheses around the node, if any, stay inside)."""
        start, end = self.outer_offsets(node)
        return self.insert(start, before), self.insert(end, after)

    def outer_offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end with the node's own parentheses."""
        start, end = self.offsets(node)
        for paren in getattr(node, "lpar", ()):
            start = min(start, self.offsets(paren)[0])
        for paren in getattr(node, "rpar", ()):
            end = max(end, self.offsets(paren)[1])
        return start, end

    def between(self, left: cst.CSTNode, right: cst.CSTNode, text: str) -> Edit:
        """Replace what stands from the end of ``left`` (its parentheses included) to the end of ``right``."""
        return Edit(self.path, self.outer_offsets(left)[1], self.offsets(right)[1], text)

    def indent_of(self, statement: cst.CSTNode) -> str:
        start = self.offsets(statement)[0]
        line = self.text[self._line_starts[self._positions[statement].start.line - 1] : start]
        return line if line.isspace() else ""

    def newline(self) -> str:
        return self.module.default_newline

    def line_before(self, statement: cst.CSTNode, code: str) -> Edit:
        """A new line of code before a statement, in its indentation."""
        start = self.offsets(statement)[0]
        return self.insert(start, code + self.newline() + self.indent_of(statement))

    def line_after(self, statement: cst.CSTNode, code: str) -> Edit:
        """A new line of code after a one-line or compound statement, in its indentation."""
        end_line = self._positions[statement].end.line
        at = self._line_starts[end_line] if end_line < len(self._line_starts) else len(self.text)
        start = "" if self.text[:at].endswith(("\n", "\r")) else self.newline()
        end = self.newline() if not start else ""
        return self.insert(at, start + self.indent_of(statement) + code + end)

    def delete_statement(self, statement: cst.CSTNode) -> Edit:
        """Take a statement's lines out; leave ``pass`` where it was alone in its block."""
        parent = self.parent(statement)
        alone = isinstance(parent, cst.IndentedBlock) and len(parent.body) == 1
        if alone or isinstance(statement, cst.SimpleStatementLine) and len(statement.body) > 1:
            return self.replace(statement, "pass")
        where = self._positions[statement]
        start = self._line_starts[where.start.line - 1]
        end = self._line_starts[where.end.line] if where.end.line < len(self._line_starts) else len(self.text)
        return Edit(self.path, start, end, "")

    # -- imports ----------------------------------------------------------------------------------

    @cached_property
    def imported(self) -> dict[str, str]:
        """What the file's imports bind: local name → dotted origin (``np`` → ``numpy``, ``nn`` → ``torch.nn``)."""
        names: dict[str, str] = {}
        for node in self.walk(cst.Import):
            for alias in node.names:
                origin = dotted(alias.name)
                if alias.asname:
                    names[dotted(alias.asname.name)] = origin
                else:
                    names[origin.split(".")[0]] = origin.split(".")[0]
        for node in self.walk(cst.ImportFrom):
            if isinstance(node.names, cst.ImportStar) or node.module is None or node.relative:
                continue
            for alias in node.names:
                local = dotted(alias.asname.name) if alias.asname else alias.name.value
                names[local] = f"{dotted(node.module)}.{alias.name.value}"
        return names

    def qualified(self, node: cst.BaseExpression) -> str | None:
        """The dotted origin of a name or attribute chain, by the imports: ``np.exp`` → ``numpy.exp``."""
        name = dotted(node)
        if not name:
            return None
        head, _, rest = name.partition(".")
        origin = self.imported.get(head)
        if origin is None:
            return None
        return f"{origin}.{rest}" if rest else origin

    def name_for(self, origin: str) -> str | None:
        """How this file can already spell ``origin`` (``torch.nn`` → ``nn`` or ``torch.nn``), else None."""
        known = self.imported.items()
        spellings = [local + origin[len(bound) :] for local, bound in known if origin == bound or origin.startswith(bound + ".")]
        return min(spellings, key=lambda name: name.count("."), default=None)

    def spell(self, origin: str) -> tuple[str, tuple[Edit, ...]]:
        """How to write ``origin`` here, and the import that this needs, if any (``import torch``)."""
        name = self.name_for(origin)
        if name is not None:
            return name, ()
        package = origin.split(".")[0]
        return origin, (self._import_edit(f"import {package}"),)

    def _import_edit(self, line: str) -> Edit:
        """An import line at the head: after the docstring and ``__future__`` imports."""
        at = 0
        for statement in self.module.body:
            first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and statement.body else None
            docstring = isinstance(first, cst.Expr) and isinstance(first.value, cst.BaseString)
            future = isinstance(first, cst.ImportFrom) and dotted(first.module) == "__future__"
            if not (docstring or future):
                at = self.offsets(statement)[0]
                break
        return self.insert(at, line + self.newline())


Trees = Callable[[str], Tree]
"""From an absolute path to its parsed file, parsed once."""


def dotted(node: cst.CSTNode | None) -> str:
    """``a.b.c`` of a name or attribute chain, else the empty string."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr.value}" if head else ""
    return ""
