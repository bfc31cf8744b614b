"""From breaks to fixes: ask the rules, put the answers together, keep conflicts for the next pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from autofix.mend.rules import Rule, rules_for
from autofix.model import Break, Edit, Finding, Fix, Safety
from autofix.tree import Trees

PARTIAL = "a gradient that was there gains a part: where the gradient was stopped on purpose, leave it"

Allowed = Callable[[str, Break], bool]
"""Whether a rule's code may report this break (``--select``, ``--ignore``, comments)."""


@dataclass(frozen=True, slots=True)
class Option:
    """A finding with every fix its rule offers, best first."""

    finding: Finding
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Fixes that go together, and those that must wait for another pass."""

    fixes: tuple[Fix, ...]
    waiting: tuple[Fix, ...]


def options(breaks: Iterable[Break], trees: Trees, allowed: Allowed, unsafe: bool) -> list[Option]:
    """A finding for each break that a rule knows; breaks that nobody knows are reported without a rule's fix."""
    found = []
    for break_ in breaks:
        option = _option(break_, trees, unsafe)
        if option is not None and allowed(option.finding.code, break_):
            found.append(option)
    return found


def _option(break_: Break, trees: Trees, unsafe: bool) -> Option | None:
    rules = rules_for(break_.op)
    if not rules:
        return None
    for rule in rules:
        try:
            fixes = tuple(_offered(rule, break_, trees))
        except RecursionError:  # an expression too deep for libcst: reported, not mended
            fixes = ()
        if fixes:
            usable = tuple(fix for fix in fixes if unsafe or fix.safety == Safety.SAFE)
            shown = (usable or fixes)[0]
            return Option(Finding(rule.code, break_, shown, rule.advice), usable)
    return Option(Finding(rules[0].code, break_, None, rules[0].advice), ())


def _offered(rule: Rule, break_: Break, trees: Trees) -> Iterable[Fix]:
    for fix in rule.mend(break_, trees):
        if fix.edits and break_.partial and fix.safety == Safety.SAFE:
            yield replace(fix, safety=Safety.UNSAFE, note=PARTIAL)
        elif fix.edits:
            yield fix


def together(fixes: Sequence[Fix]) -> Plan:
    """The fixes that do not conflict. One whose edits lie within another's is part of it already."""
    taken: list[Fix] = []
    edits: set[Edit] = set()
    waiting: list[Fix] = []
    for fix in sorted(fixes, key=lambda fix: (-_reach(fix), fix.edits)):
        fresh = [edit for edit in fix.edits if edit not in edits and not _covered(edit, edits)]
        if any(_conflicts(edit, other) for edit in fresh for other in edits):
            waiting.append(fix)
            continue
        edits.update(fresh)
        taken.append(Fix(fix.code, fix.title, tuple(fresh), fix.safety, fix.note))
    order = {id(fix): n for n, fix in enumerate(fixes)}
    return Plan(tuple(sorted(taken, key=lambda f: order.get(id(f), 0))), tuple(waiting))


def _reach(fix: Fix) -> int:
    return sum(edit.end - edit.start + 1 for edit in fix.edits)


def _covered(edit: Edit, edits: set[Edit]) -> bool:
    """A removal inside a larger replacement: the larger one has seen to it."""
    return any(
        other.path == edit.path and other.start <= edit.start and edit.end <= other.end and other.end > other.start
        for other in edits
    )


def _conflicts(edit: Edit, other: Edit) -> bool:
    if edit.path != other.path:
        return False
    if edit.start == edit.end or other.start == other.end:
        point, span = (edit, other) if edit.start == edit.end else (other, edit)
        return span.start < point.start < span.end
    return edit.start < other.end and other.start < edit.end
