"""A later backward pass fails: an update put a plain tensor in the place of a leaf that had its gradient before."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Root
from autofix.find.starved import fed
from autofix.find.view import Cause, View

NO_GRAD = "does not require grad"


def causes(view: View) -> Iterator[Cause]:
    for root in view.record.roots:
        if NO_GRAD in root.error:
            yield from _replaced(view, root)


def _replaced(view: View, root: Root) -> Iterator[Cause]:
    """``w = w - lr * w.grad`` under ``no_grad``, or on ``w.data``."""
    record = view.record
    for number in sorted(root.cuts):
        cut = record.cuts[number]
        for span in view.spans(cut.site):
            assignment = view.outline_of(span.path).assignment_at(span)
            if assignment is None or not assignment.reads_gradient:
                continue
            for index in sorted(cut.data & root.data & fed(record)):
                source = record.sources[index]
                if source.requires_grad:
                    yield Cause("leaf:rebound", span, view.target(source, "leaf"), (assignment.span,), ends=root.made)
