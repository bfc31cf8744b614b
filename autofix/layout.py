"""Statements that leave a ``with`` block or stay in it, as edits of whole lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import libcst as cst

from autofix.model import Edit
from autofix.tree import Tree


def lines_of(tree: Tree, node: cst.CSTNode) -> tuple[int, int]:
    """The first and last line of a node."""
    where = tree.span(node)
    return where.line, where.end_line


class Layout:
    """How the lines of one ``with`` block lie once one of its items is gone for a part of them."""

    def __init__(self, tree: Tree, block: cst.With, item: cst.WithItem):
        self.tree, self.block, self.item = tree, block, item
        self.moved: set[int] = set()
        self.heads: set[int] = set()

    def out(self, statements: Sequence[cst.CSTNode]) -> None:
        """These statements leave."""
        for statement in statements:
            self.moved.update(self._lines(statement))

    def stay(self, statements: Sequence[cst.CSTNode]) -> None:
        """These statements, which follow one another, stay in a block of their own."""
        for statement in statements:
            self.moved.difference_update(self._lines(statement))
        if statements:
            self.heads.add(self._lines(statements[0])[0])

    def edits(self) -> tuple[Edit, ...]:
        """All changes of this block."""
        several = len(self.block.items) > 1
        first = self._lines(self.block.body.body[0])[0]
        keeps_head = not several and first in self.heads
        found = [] if keeps_head else [self.without_item() if several else self._without_head()]
        for line in range(self._head_end() + 1, lines_of(self.tree, self.block)[1] + 1):
            if line in self.heads and not (keeps_head and line == first):
                found.append(self._head(line, several))
            if self._text(line).strip() and line not in self._in_strings:
                found += self._shifted(line, several)
        return _joined(found)

    def _head(self, line: int, several: bool) -> Edit:
        """The block's own ``with``, above a line that stays."""
        start, indent = self.tree.offset(line, 0), self._indent(self._first_text(line))
        indent = indent if several else indent[: -len(self._unit)]
        return Edit(
            self.tree.path, start, start, f"{indent}with {self.tree.source(self.item.item)}:{self.tree.newline()}"
        )

    def _first_text(self, line: int) -> int:
        """The next line that is not blank."""
        while not self._text(line).strip():
            line += 1
        return line

    def _shifted(self, line: int, several: bool) -> list[Edit]:
        start = self.tree.offset(line, 0)
        if several and line not in self.moved:
            return [Edit(self.tree.path, start, start, self._unit)]
        if not several and line in self.moved:
            return [Edit(self.tree.path, start, start + min(len(self._unit), len(self._indent(line))), "")]
        return []

    def without_item(self) -> Edit:
        """Take the item out of a list of several."""
        items = list(self.block.items)
        k = items.index(self.item)
        if k + 1 < len(items):
            start, end = self.tree.offsets(self.item)[0], self.tree.offsets(items[k + 1])[0]
        else:
            start, end = self._end(items[k - 1]), self._end(self.item)
        return Edit(self.tree.path, start, end, "")

    def _end(self, item: cst.WithItem) -> int:
        return self.tree.outer_offsets(item.asname.name if item.asname else item.item)[1]

    # -- lines ------------------------------------------------------------------------------------

    def _without_head(self) -> Edit:
        start = self.tree.offset(lines_of(self.tree, self.block)[0], 0)
        return Edit(self.tree.path, start, self.tree.offset(self._head_end() + 1, 0), "")

    def _head_end(self) -> int:
        ends = [lines_of(self.tree, item)[1] for item in self.block.items]
        if isinstance(self.block.rpar, cst.RightParen):
            ends.append(lines_of(self.tree, self.block.rpar)[1])
        return max(ends)

    def _lines(self, statement: cst.CSTNode) -> range:
        """The lines of a statement, comments and blank lines above it included."""
        first, last = lines_of(self.tree, statement)
        return range(first - len(getattr(statement, "leading_lines", ())), last + 1)

    def _text(self, line: int) -> str:
        return self.tree.text[self.tree.offset(line, 0) : _line_end(self.tree, line)]

    def _indent(self, line: int) -> str:
        text = self._text(line)
        return text[: len(text) - len(text.lstrip())]

    @cached_property
    def _unit(self) -> str:
        inner, outer = self.tree.indent_of(self.block.body.body[0]), self.tree.indent_of(self.block)
        return inner[len(outer) :]

    @cached_property
    def _in_strings(self) -> frozenset[int]:
        return _string_lines(self.tree)


def put_into(tree: Tree, line: cst.CSTNode, kept: Sequence[cst.CSTNode], mode: str) -> tuple[Edit, ...]:
    """Delete the statement ``line``; put ``kept`` into a block ``with mode:``."""
    first, last = lines_of(tree, kept[0])[0], lines_of(tree, kept[-1])[1]
    head = f"{tree.indent_of(kept[0])}with {mode}:{tree.newline()}"
    strings = _string_lines(tree)
    found = [tree.delete_statement(line)]
    for number in range(first, last + 1):
        start = tree.offset(number, 0)
        filled = tree.text[start : _line_end(tree, number)].strip() and number not in strings
        text = (head if number == first else "") + (tree.module.default_indent if filled else "")
        if text:
            found.append(Edit(tree.path, start, start, text))
    return tuple(found)


def _joined(edits: list[Edit]) -> tuple[Edit, ...]:
    """An insertion and a change at one offset become one edit."""
    merged: dict[int, Edit] = {}
    for edit in edits:
        held = merged.get(edit.start)
        merged[edit.start] = (
            edit if held is None else Edit(edit.path, edit.start, max(held.end, edit.end), held.text + edit.text)
        )
    return tuple(sorted(merged.values()))


def _line_end(tree: Tree, line: int) -> int:
    try:
        return tree.offset(line + 1, 0)
    except IndexError:
        return len(tree.text)


def _string_lines(tree: Tree) -> frozenset[int]:
    """The lines that begin inside a string."""
    found: set[int] = set()
    for node in tree.walk((cst.SimpleString, cst.FormattedString)):
        first, last = lines_of(tree, node)
        found.update(range(first + 1, last + 1))
    return frozenset(found)
