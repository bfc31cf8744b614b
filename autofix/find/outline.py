"""What the source says around a place: the assignment it stands in, the names whose gradient is read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from autofix.model import Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """``target = value`` (or an augmented one), by the target's text."""

    target: str
    names_in_value: frozenset[str]
    makes_leaf: bool
    span: Span
    in_loop: bool


class Outline:
    """One file's syntax tree, asked about places. Raises SyntaxError where it does not parse."""

    def __init__(self, path: str, text: str):
        self.path, self.text = path, text
        self.tree = ast.parse(text)
        self._lines = text.split("\n")

    @cached_property
    def gradients_read(self) -> frozenset[str]:
        """The dotted expressions whose ``.grad`` the file mentions: ``x`` of ``x.grad``."""
        return frozenset(
            ast.unparse(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Load)
        )

    @cached_property
    def _assignments(self) -> list[tuple[ast.stmt, bool]]:
        found = []

        def visit(node, in_loop):
            for child in ast.iter_child_nodes(node):
                looping = in_loop or isinstance(child, (ast.For, ast.While))
                if isinstance(child, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and child.value is not None:
                    found.append((child, looping))
                visit(child, looping)

        visit(self.tree, False)
        return found

    def assignment_at(self, span: Span) -> Assignment | None:
        """The innermost assignment whose value covers the span."""
        best = None
        for statement, in_loop in self._assignments:
            value = statement if isinstance(statement, ast.AugAssign) else statement.value
            if self.span(value).contains(span):
                best = (statement, in_loop)
        if best is None:
            return None
        statement, in_loop = best
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return Assignment(
            target=ast.unparse(target),
            names_in_value=frozenset(
                ast.unparse(n) for n in ast.walk(statement.value) if isinstance(n, (ast.Name, ast.Attribute, ast.Subscript))
            ),
            makes_leaf=any(_makes_leaf(node) for node in ast.walk(statement.value)),
            span=self.span(statement),
            in_loop=in_loop,
        )

    def is_with_item(self, span: Span) -> bool:
        """Whether this is the context expression of a ``with``."""
        items = (item for node in ast.walk(self.tree) if isinstance(node, (ast.With, ast.AsyncWith)) for item in node.items)
        return any(self.span(item.context_expr) == span for item in items)

    def decorators_around(self, span: Span) -> list[Span]:
        """The decorators of the functions that this place stands in, innermost function first."""
        functions = [n for n in ast.walk(self.tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        around = [f for f in functions if self.span(f).contains(span)]
        around.sort(key=lambda f: f.lineno, reverse=True)
        return [self.span(d) for f in around for d in f.decorator_list]

    def span(self, node: ast.AST) -> Span:
        return Span(
            self.path,
            node.lineno,
            self._characters(node.lineno, node.col_offset),
            node.end_lineno,
            self._characters(node.end_lineno, node.end_col_offset),
        )

    def _characters(self, line: int, column: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return column if text.isascii() else len(text.encode()[:column].decode("utf-8", "replace"))


def _makes_leaf(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in ("Parameter", "requires_grad_") or any(
        k.arg == "requires_grad" and isinstance(k.value, ast.Constant) and k.value.value is True for k in node.keywords
    )
