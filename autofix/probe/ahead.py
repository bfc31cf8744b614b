"""Differentiations that the source announces and the run has not reached: a sensitivity map after the training."""

from __future__ import annotations

import ast
import linecache
import time

from autofix.probe.places import Places

MOST_PASSES = 100
"""So many backward passes are waited for, where they are quick."""
QUICK = 0.05
"""Seconds (of the processor) that one pass may take for that."""


class Ahead:
    """Knows the calls of ``backward`` and ``autograd.grad`` in the user's files."""

    def __init__(self, places: Places):
        self.places = places
        self._last = 0.0
        self._quick = False
        self._calls: set[tuple[str, int]] | None = None

    def worthwhile(self, roots: list[dict], passes: int, enough: int) -> bool:
        """Whether to go on after ``enough`` passes, since others are to come and these take no time."""
        last, self._last = self._last, time.process_time()
        if passes and passes <= enough:
            self._quick = self._quick or self._last - last < QUICK
        return passes < MOST_PASSES and self._quick and self._to_come(roots)

    def _to_come(self, roots: list[dict]) -> bool:
        if self._calls is None:
            self._calls = {call for path in self.places.users_files() for call in _differentiations(path)}
        reached = {self.places.sites[root["site"]][:2] for root in roots if root["site"] >= 0}
        return bool(self._calls - reached)


def _differentiations(path: str):
    """File and first line of each call that differentiates."""
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except SyntaxError:
        return
    inner = {id(call) for rule in ast.walk(tree) if _is_rule(rule) for call in ast.walk(rule)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _differentiates(node.func) and id(node) not in inner:
            yield path, node.lineno


def _is_rule(node: ast.AST) -> bool:
    """The ``backward`` of a Function: what it differentiates is no root of the program."""
    return isinstance(node, ast.FunctionDef) and node.name == "backward"


def _differentiates(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute):
        return False
    inner = called.value.attr if isinstance(called.value, ast.Attribute) else getattr(called.value, "id", "")
    return called.attr == "backward" or called.attr == "grad" and inner == "autograd"
