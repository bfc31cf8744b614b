"""From a file's source to its breaks."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable

from autofix.find.flow.machine import Budget, Frame, Machine, Raised
from autofix.model import Break

DIFFERENTIATES = re.compile(r"\bbackward\b|\bautograd\.grad\b|\bgrad\s*\(")
CALLS = re.compile(r"\.backward\s*\(|\bautograd\.grad\s*\(")
"""Differentiations that the source announces."""
STEPS_PER_LINE = 150
LEAST_STEPS, MOST_STEPS = 30_000, 400_000
DEEP = 20_000


def breaks(path: str, text: str, tree: ast.Module, resolve=None) -> list[Break]:
    """The breaks that the source alone shows, in source order; nothing where the program is too large to follow."""
    if not DIFFERENTIATES.search(text):
        return []
    machine = followed(path, text, tree, resolve)
    if machine is None or not machine.seen.roots and not machine.seen.failures and not machine.seen.notes:
        return []
    return _judged(machine, path, text)


def followed(path: str, text: str, tree: ast.Module, resolve=None) -> Machine | None:
    """The abstract run of the file as a program; None where it does not come to an end."""
    lines = text.count("\n") + 1
    machine = Machine(path, min(MOST_STEPS, LEAST_STEPS + STEPS_PER_LINE * lines), resolve)
    machine.frames.append(Frame({}))
    machine.announced = frozenset(text.count("\n", 0, match.start()) + 1 for match in CALLS.finditer(text))
    return machine if _deep(lambda: _run(machine, tree)) else None


def _run(machine: Machine, tree: ast.Module) -> bool:
    from autofix.find.flow.statements import run

    try:
        run(machine, tree.body)
    except Raised as error:
        machine.seen.end = error
    except (Budget, RecursionError):
        return False
    return True


def _deep(work: Callable[[], bool]) -> bool:
    """Deeply nested sources need a deep stack; Python frames take none of C's."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEP))
    try:
        return work()
    finally:
        sys.setrecursionlimit(limit)


def _judged(machine: Machine, path: str, text: str) -> list[Break]:
    from autofix import source
    from autofix.find import record as records
    from autofix.find import trace
    from autofix.find.flow import record
    from autofix.find.outline import Outline

    texts, outlines = {path: text}, {}

    def text_of(name: str) -> str:
        if name not in texts:
            texts[name] = source.read(name).text
        return texts[name]

    def outline_of(name: str) -> Outline:
        if name not in outlines:
            outlines[name] = Outline(name, text_of(name))
        return outlines[name]

    return trace.breaks(records.read(record.raw(machine), text_of), path, outline_of)
