"""The very tensor whose gradient is wanted was cut off from the leaf it was made of: ``w = leaf.detach()``."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.view import Cause, View
from autofix.model import Target


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    for name, how, data, cuts in _wanted(view):
        if not any(record.sources[i].requires_grad for i in data) or not _reaches(view, data):
            continue
        hard = [record.cuts[i] for i in sorted(cuts) if not record.cuts[i].soft]
        unnamed = name.startswith("group ")
        names = [view.name(record.sources[i]) for i in sorted(data) if record.sources[i].requires_grad] if unnamed else [name]
        for cut in hard if any(cut.live for cut in hard) else ():
            for span in view.spans(cut.site):
                for one in names:
                    yield Cause(cut.op, span, Target(one, how, span), view.spans(*cut.modes))


def _wanted(view: View) -> Iterator[tuple[str, str, frozenset[int], frozenset[int]]]:
    """Tensors without a graph that are no source of their own, by name: what is in them and what cut it."""
    for want in view.record.wants:
        if want.grad is None and want.source < 0 and not want.requires_grad and want.name and want.cuts:
            if want.root >= 0 or want.how == "autograd.grad":
                yield want.name, want.how, want.data, want.cuts
    for note in view.record.notes:
        if note["what"] == "optimizer" and note["source"] < 0 and not note["requires_grad"] and note["name"]:
            yield note["name"], "optimizer", frozenset(note["data"]), frozenset(note.get("cuts", ()))


def _reaches(view: View, data: frozenset[int]) -> bool:
    return any(data <= root.data for root in view.record.roots)
