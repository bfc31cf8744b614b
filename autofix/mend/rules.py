"""The rules: every codemod in the folder, and those that other packages offer by entry point."""

from __future__ import annotations

import fnmatch
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

import codemods
from autofix.model import Fix

ENTRY_POINTS = "autofix.codemods"


@dataclass(frozen=True, slots=True)
class Rule:
    """One codemod. ``mend`` takes a break and a way to parsed files, and yields fixes, best first."""

    code: str
    name: str
    ops: frozenset[str]
    advice: str
    documentation: str
    mend: Callable[..., Iterable[Fix]]

    def knows(self, op: str) -> bool:
        return op in self.ops or any("*" in pattern and fnmatch.fnmatchcase(op, pattern) for pattern in self.ops)

    @property
    def summary(self) -> str:
        return self.documentation.strip().splitlines()[0]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    modules = [
        importlib.import_module(f"codemods.{info.name}")
        for info in pkgutil.iter_modules(codemods.__path__)
        if not info.name.startswith("_")
    ]
    modules += [point.load() for point in entry_points(group=ENTRY_POINTS)]
    return tuple(sorted((_rule(module) for module in modules), key=lambda rule: rule.code))


def _rule(module: ModuleType) -> Rule:
    return Rule(
        code=module.CODE,
        name=module.__name__.rsplit(".", 1)[-1],
        ops=frozenset(module.OPS),
        advice=module.ADVICE,
        documentation=module.__doc__,
        mend=module.mend,
    )


@cache
def rules_for(op: str) -> tuple[Rule, ...]:
    """The rules that know this kind of break, those that name it exactly before those with a pattern."""
    known = [rule for rule in all_rules() if rule.knows(op)]
    return tuple(sorted(known, key=lambda rule: op not in rule.ops))


def rule(code: str) -> Rule | None:
    """The rule of this code or name, None where there is none."""
    wanted = code.lower()
    return next((r for r in all_rules() if wanted in (r.code.lower(), r.name.lower())), None)
