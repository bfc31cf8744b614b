"""A gradient came back and nobody uses it: it was cleared first, or its tensor is in no optimizer."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.starved import fed, optimized
from autofix.find.view import Cause, View


def causes(view: View) -> Iterator[Cause]:
    yield from _cleared(view)
    yield from _in_no_optimizer(view)


def _cleared(view: View) -> Iterator[Cause]:
    for index in sorted(fed(view.record)):
        source = view.record.sources[index]
        wants = [w for w in view.record.wants if w.source == index and w.root >= 0]
        if wants and not any(w.satisfied for w in wants) and source.zeroed >= 0:
            for span in view.spans(source.zeroed):
                yield Cause("grad:zeroed", span, view.target(source, wants[0].how), view.spans(wants[0].site))


def _in_no_optimizer(view: View) -> Iterator[Cause]:
    """Weights by all signs: attributes of a module, on the way to the loss, known to no optimizer."""
    held = optimized(view.record)
    for source in view.record.sources if held else ():
        if source.index in held or source.owner not in ("raw", "untracked") or not source.requires_grad:
            continue
        if view.root_of(source.index) is not None:
            op = "module:raw-tensor" if source.owner == "raw" else "module:list"
            for span in view.spans(source.site):
                yield Cause(op, span, view.target(source, "optimizer"))
