"""What the source says around a place: the assignment it stands in, the names whose gradient is read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from autofix.model import Span
from autofix.source import parsed


@dataclass(frozen=True, slots=True)
class Assignment:
    """``target = value`` (or an augmented one), by the target's text."""

    target: str
    names_in_value: frozenset[str]
    makes_leaf: bool
    span: Span
    in_loop: bool

    @property
    def reads_gradient(self) -> bool:
        """Whether a ``.grad`` is read in the value."""
        return any(name.endswith(".grad") and not name.endswith("autograd.grad") for name in self.names_in_value)


class Outline:
    """One file's syntax tree, asked about places. Raises SyntaxError where it does not parse."""

    def __init__(self, path: str, text: str):
        self.path, self.text = path, text
        self.tree = parsed(text)
        self._lines = text.split("\n")
        self._asked: dict[int, Assignment] = {}

    @cached_property
    def gradients_read(self) -> frozenset[str]:
        """The dotted expressions whose ``.grad`` the file mentions: ``x`` of ``x.grad``."""
        return frozenset(self.gradient_reads.values())

    @cached_property
    def elements(self) -> dict[str, set[str]]:
        """Loop names, and what they run over: ``for p in params`` → ``p``: {``params``}."""
        found: dict[str, set[str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.For, ast.comprehension)):
                targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
                for target in targets:
                    over = {ast.unparse(n) for n in ast.walk(node.iter) if isinstance(n, (ast.Name, ast.Attribute))}
                    found.setdefault(ast.unparse(target), set()).update(over)
        return found

    @cached_property
    def gradient_reads(self) -> dict[Span, str]:
        """Where the file reads a gradient, and whose: the place of ``x.grad`` → ``x``."""
        return {
            self.span(node): ast.unparse(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Load)
        }

    @cached_property
    def methods(self) -> list[tuple[str, Span]]:
        """The methods of the file's classes, by name and place."""
        owners = [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]
        return [(f.name, self.span(f)) for owner in owners for f in owner.body if isinstance(f, ast.FunctionDef)]

    @cached_property
    def _assignments(self) -> list[tuple[Span, ast.stmt, bool]]:
        """Assignments with the place of what is assigned, and whether a loop is around."""
        found = []

        def visit(node, in_loop):
            for child in ast.iter_child_nodes(node):
                looping = in_loop or isinstance(child, (ast.For, ast.While))
                if isinstance(child, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and child.value is not None:
                    value = child if isinstance(child, ast.AugAssign) else child.value
                    found.append((self.span(value), child, looping))
                visit(child, looping)

        visit(self.tree, False)
        return found

    def assignment_at(self, span: Span) -> Assignment | None:
        """The innermost assignment whose value covers the span."""
        around = [i for i, (place, _, _) in enumerate(self._assignments) if place.contains(span)]
        return self._assignment(around[-1]) if around else None

    def _assignment(self, number: int) -> Assignment:
        if number not in self._asked:
            _, statement, in_loop = self._assignments[number]
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            self._asked[number] = Assignment(
                target=ast.unparse(target),
                names_in_value=frozenset(ast.unparse(n) for n in ast.walk(statement.value) if _is_name(n)),
                makes_leaf=any(_makes_leaf(node) for node in ast.walk(statement.value)),
                span=self.span(statement),
                in_loop=in_loop,
            )
        return self._asked[number]

    def with_items(self, span: Span) -> list[Span]:
        """The context expressions of the ``with`` that is, or has one, at this place (Python versions differ)."""
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.With, ast.AsyncWith)):
                items = [self.span(item.context_expr) for item in node.items]
                if span in items:
                    return [span]
                if self.span(node) == span:
                    return items
        return []

    def decorators_around(self, span: Span) -> list[Span]:
        """The decorators of the functions that this place stands in, innermost function first."""
        functions = [n for n in ast.walk(self.tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        around = [f for f in functions if self.span(f).contains(span)]
        around.sort(key=lambda f: f.lineno, reverse=True)
        return [self.span(d) for f in around for d in f.decorator_list]

    def bound_from_itself(self, name: str) -> list[Span]:
        """The right sides of ``name = f(name)`` in loops."""
        return [
            self.span(statement.value)
            for _, statement, in_loop in self._assignments
            if in_loop and isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name
            if any(isinstance(n, ast.expr) and ast.unparse(n) == name for n in ast.walk(statement.value))
        ]

    def nodes_at(self, span: Span, kind: type = ast.expr) -> list[ast.AST]:
        """The nodes of that kind that have exactly this span, outermost first."""
        return [n for n in ast.walk(self.tree) if isinstance(n, kind) and self.span(n) == span]

    def around(self, span: Span) -> list[ast.AST]:
        """Everything that this place stands in, innermost first, the nodes that have this very span included."""
        nodes = [n for n in ast.walk(self.tree) if hasattr(n, "lineno") and self.span(n).contains(span)]
        return nodes[::-1]

    def makes_leaf_at(self, span: Span) -> bool:
        """Whether the expression there makes a leaf on its way to something else."""
        return any(_makes_leaf(inner) for node in self.nodes_at(span)[:1] for inner in ast.walk(node))

    def is_value(self, span: Span) -> bool:
        """Whether this is the whole right side of an assignment."""
        return any(self.span(statement.value) == span for _, statement, _ in self._assignments)

    def clears(self, span: Span) -> bool:
        """Whether what stands there is only set to zero: ``x.grad`` of ``x.grad.zero_()``."""
        for node in self.around(span):
            if isinstance(node, ast.Attribute) and self.span(node) != span:
                if node.attr not in ("data", "zero_", "detach_", "detach"):
                    return False
                if node.attr == "zero_":
                    return True
        return False

    def is_leaf_itself(self, span: Span) -> bool:
        """Whether the leaf made there is kept as it is: nothing is computed from it in the same statement."""
        for node in self.around(span):
            if isinstance(node, ast.stmt):
                return True
            called = node.func if isinstance(node, ast.Call) else None
            method = isinstance(called, ast.Attribute) and self.span(called.value).contains(span)
            if isinstance(node, (ast.BinOp, ast.UnaryOp)) and self.span(node) != span:
                return False
            if method and called.attr != "requires_grad_" and self.span(node) != span:
                return False
        return True

    def augmented_at(self, span: Span) -> str | None:
        """The target of the augmented assignment that stands here."""
        found = (s for _, s, _ in self._assignments if isinstance(s, ast.AugAssign) and self.span(s) == span)
        return next((ast.unparse(statement.target) for statement in found), None)

    def source_asked(self, call: Span, place: int) -> Span | None:
        """In ``tape.gradient(target, [a, b])`` or ``tape.watch([a, b])``: where the source number ``place`` is written."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and self.span(node) == call:
                number, name = (0, "tensor") if getattr(node.func, "attr", "") == "watch" else (1, "sources")
                given = node.args[number] if len(node.args) > number else next((k.value for k in node.keywords if k.arg == name), None)
                if isinstance(given, (ast.List, ast.Tuple)) and place < len(given.elts):
                    given = given.elts[place]
                return self.span(given) if given is not None else None
        return None

    def asserts_none_of(self, span: Span) -> bool:
        """Whether the file asserts that what is computed here, or the name it is bound to, is None."""
        names = {ast.unparse(t) for _, s, _ in self._assignments if self.span(s).contains(span) for t in _targets(s)}
        for node in self._asserted_none:
            whole = node.value if isinstance(node, ast.Subscript) else node
            if ast.unparse(whole) in names or ast.unparse(node) in names or self.span(node).contains(span):
                return True
        return False

    @cached_property
    def _asserted_none(self) -> list[ast.expr]:
        """What the file asserts to be None: ``assert x is None``, ``self.assertIsNone(x)``."""
        compared = (n for a in ast.walk(self.tree) if isinstance(a, ast.Assert) for n in ast.walk(a) if isinstance(n, ast.Compare))
        found = [n.left for n in compared if isinstance(n.ops[0], ast.Is) and ast.unparse(n.comparators[0]) == "None"]
        calls = (n for n in ast.walk(self.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
        return found + [call.args[0] for call in calls if call.func.attr == "assertIsNone" and call.args]

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


def _targets(statement: ast.stmt) -> list[ast.expr]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [part for target in targets for part in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])]


def _is_name(node: ast.AST) -> bool:
    """A name, an attribute or an element of one: ``w``, ``self.w.grad``, ``w[0]``."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return isinstance(node, ast.Name)


def _makes_leaf(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in ("Parameter", "requires_grad_") or any(
        k.arg == "requires_grad" and isinstance(k.value, ast.Constant) and k.value.value is True for k in node.keywords
    )
