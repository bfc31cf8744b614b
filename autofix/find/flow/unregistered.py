"""Modules that nobody trains in the same file: what is lost whatever calls them.

``self.weight = nn.Parameter(...) * 0.1`` makes a plain tensor of the parameter: no optimizer will ever see it.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator

from autofix.find.flow.places import lines
from autofix.model import Break, Certainty, Span, Target

LOST = re.compile(r"Parameter\s*\(")
COPIES = frozenset(["double", "half", "bfloat16", "cuda", "view", "reshape", "unsqueeze", "squeeze", "transpose", "permute", "t", "clone", "expand", "repeat", "mul", "div", "add"])
"""Methods that never give the parameter itself back."""
MAYBE = frozenset(["to", "float", "cpu", "contiguous", "type"])
"""Methods that give it back where there is nothing to do."""


def breaks(path: str, text: str, tree: ast.Module) -> Iterator[Break]:
    """Parameters that are lost where a module is built."""
    for node in _classes(tree.body, list(lines(LOST, text))):
        if any(ast.unparse(base).endswith("Module") for base in node.bases):
            yield from _of_class(path, text, node)


def _classes(body: list[ast.stmt], mentioned: list[int]) -> Iterator[ast.ClassDef]:
    """Classes (and those inside of functions and classes) that have one of these lines."""
    for node in body:
        place = bisect_left(mentioned, node.lineno)
        if place < len(mentioned) and mentioned[place] <= node.end_lineno:
            if isinstance(node, ast.ClassDef):
                yield node
            for inner in ("body", "orelse", "finalbody"):
                yield from _classes(getattr(node, inner, ()), mentioned)


def _of_class(path: str, text: str, node: ast.ClassDef) -> Iterator[Break]:
    init = next((f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
    lost = {name: (value, certainty) for name, value in _assigned(init) if (certainty := _lost(value)) is not None}
    for name, (value, certainty) in lost.items():
        if sum(other == name for other, _ in _assigned(node)) > 1:
            continue
        span = _span(path, text, value)
        target = Target(f"{node.name}.{name}", "leaf", span)
        reason = f"`self.{name}` is no Parameter but a tensor made of one: no optimizer gets it"
        yield Break("module:raw-tensor", span, ast.get_source_segment(text, value) or "", (target,), certainty=certainty, reason=reason)


def _assigned(node: ast.AST | None) -> Iterator[tuple[str, ast.expr]]:
    """``self.name = value`` anywhere below."""
    for inner in ast.walk(node) if node is not None else ():
        for target in inner.targets if isinstance(inner, ast.Assign) else ():
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                yield target.attr, inner.value


def _lost(value: ast.expr) -> Certainty | None:
    """Whether an expression makes another tensor of a Parameter that is made in it."""
    certainty = None
    while not _is_parameter(value):
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if value.func.attr not in COPIES | MAYBE:
                return None
            certainty = Certainty.CERTAIN if value.func.attr in COPIES or certainty == Certainty.CERTAIN else Certainty.LIKELY
            value = value.func.value
        elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div, ast.Add, ast.Sub)):
            certainty = Certainty.CERTAIN
            value = value.left if not _is_plain(value.left) else value.right
        elif isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
            certainty, value = Certainty.CERTAIN, value.operand
        else:
            return None
    return certainty


def _is_parameter(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    frozen = any(k.arg == "requires_grad" and not (isinstance(k.value, ast.Constant) and k.value.value is True) for k in value.keywords)
    return ast.unparse(value.func) in ("nn.Parameter", "torch.nn.Parameter", "Parameter") and not frozen and len(value.args) < 2


def _is_plain(value: ast.expr) -> bool:
    return not any(isinstance(n, ast.Call) for n in ast.walk(value))


def _span(path: str, text: str, node: ast.expr) -> Span:
    lines = re.split("\r\n|\r|\n", text)

    def characters(line: int, column: int) -> int:
        return len(lines[line - 1].encode()[:column].decode("utf-8", "replace"))

    return Span(path, node.lineno, characters(node.lineno, node.col_offset), node.end_lineno, characters(node.end_lineno, node.end_col_offset))
