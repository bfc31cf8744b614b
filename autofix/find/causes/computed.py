"""The program takes a computed tensor for a leaf: an optimizer holds it or its gradient is read, and nothing tracks it."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.view import Cause, View
from autofix.model import Target


def causes(view: View) -> Iterator[Cause]:
    for how, name, made, read in _asked(view):
        for span in view.spans(made):
            yield Cause("leaf:untracked", span, Target(name or "tensor", how, span), view.spans(read))


def _asked(view: View) -> Iterator[tuple[str, str, int, int]]:
    record = view.record
    for want in record.wants:
        if want.source >= 0 or want.requires_grad or not want.leaf or want.grad is not None or want.root < 0:
            continue
        if want.how == "read" and view.only_tested(record.span(want.site)):
            continue
        if any(want.data <= root.data for root in record.roots) and not _live(view, want.data):
            yield want.how, want.name, want.made, want.site
    for note in record.notes:
        if note["what"] == "untracked" and note["name"] in view.gradients_ahead and not _live(view, note["data"]):
            yield "read", note["name"], note["made"], -1
    for note in record.notes if record.end.how != "enough" else ():
        held = note["what"] == "optimizer" and note["source"] < 0 and not note["requires_grad"]
        if held and any(set(note["data"]) <= root.data for root in record.roots):
            yield "optimizer", note["name"], note["made"], note["site"]


def _live(view: View, data) -> bool:
    """What it was computed from has gradients of its own: then a detach is to blame, or it is meant."""
    return any(view.record.sources[i].requires_grad for i in data)
