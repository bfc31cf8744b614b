"""From a run's record to the breaks: the places where the gradient of a starved target stops.

Each file in ``find/causes`` knows one family of reasons; they are found by walking the folder.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from autofix.find import causes
from autofix.find.record import Record
from autofix.find.view import Cause, OutlineOf, View
from autofix.model import Break, Certainty, Span


@cache
def _families():
    return tuple(importlib.import_module(f"{causes.__name__}.{info.name}") for info in pkgutil.iter_modules(causes.__path__))


def breaks(record: Record, script: str, outline_of: OutlineOf) -> list[Break]:
    """The breaks that this run shows, in source order."""
    view = View(record, script, outline_of)
    found: dict[tuple[str, Span], list[Cause]] = {}
    for family in _families():
        for cause in family.causes(view):
            found.setdefault((cause.op, cause.span), []).append(cause)
    return sorted((_joined(view, group) for group in found.values()), key=lambda b: (b.span, b.op))


def _joined(view: View, group: list[Cause]) -> Break:
    first = group[0]
    start = first.site if first.site >= 0 else view.site(first.span)
    ends, kept = view.ends if first.ends is None else first.ends, frozenset(site for cause in group for site in cause.kept) - {start}
    targets = {cause.target.name: cause.target for cause in group}
    return Break(
        op=first.op,
        span=first.span,
        expression=view.text(first.span),
        targets=tuple(targets.values()),
        partial=all(cause.partial for cause in group),
        shared=any(cause.shared for cause in group),
        certainty=Certainty.CERTAIN,
        steps=view.record.steps(start, ends, kept),
        related=tuple(dict.fromkeys(span for cause in group for span in cause.related)),
        reason=first.reason,
    )
