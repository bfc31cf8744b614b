"""A gradient came back and was cleared before anybody used it."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Want
from autofix.find.starved import fed, passed_by
from autofix.find.view import Cause, View


def causes(view: View) -> Iterator[Cause]:
    yield from _cleared(view)


def _cleared(view: View) -> Iterator[Cause]:
    for index in sorted(fed(view.record) - passed_by(view.record)):
        source = view.record.sources[index]
        wants = [w for w in view.record.wants if w.source == index and w.root >= 0 and not (w.satisfied and _in_passing(view, w))]
        if wants and not any(w.satisfied for w in wants) and source.zeroed >= 0:
            for span in view.spans(source.zeroed):
                yield Cause("grad:zeroed", span, view.target(source, wants[0].how), view.spans(wants[0].site))


def _in_passing(view: View, want: Want) -> bool:
    """Read to be cleared, or to see whether it is there."""
    span = view.record.span(want.site)
    return span is not None and want.how == "read" and (view.only_tested(span) or view.outline_of(span.path).clears(span))
