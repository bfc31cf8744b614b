"""A backward pass raised: a saved value was overwritten, or a graph was used twice."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Root
from autofix.find.view import Cause, View

SAVED_IN_PLACE = "modified by an inplace operation"
SECOND_TIME = "backward through the graph a second time"


def causes(view: View) -> Iterator[Cause]:
    for root in view.record.roots:
        if SAVED_IN_PLACE in root.error:
            yield from _saved(view, root)
        elif SECOND_TIME in root.error:
            yield from _second_time(view, root)


def _saved(view: View, root: Root) -> Iterator[Cause]:
    targets = view.live_targets(root.data)
    for note in view.record.notes:
        if note["what"] == "inplace" and set(note["data"]) & set(root.data):
            for span in view.spans(note["site"]):
                for target in targets:
                    yield Cause("saved:inplace", span, target, view.spans(root.site), root.error)


def _second_time(view: View, root: Root) -> Iterator[Cause]:
    """What was computed once, before the loop, is used again after its graph was freed."""
    for source in (view.record.sources[i] for i in sorted(root.data)):
        if not source.requires_grad:
            continue
        for span in view.spans(source.site):
            assignment = view.outline_of(span.path).assignment_at(span)
            if assignment is not None and assignment.makes_leaf and not assignment.in_loop:
                yield Cause("leaf:rebound", span, view.target(source, "leaf"), view.spans(root.site), root.error)
