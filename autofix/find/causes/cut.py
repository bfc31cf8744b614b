"""Data reached a root, and on its way something cut the gradient, or the target never required one."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Cut, Root
from autofix.find.starved import Starved, starved
from autofix.find.view import Cause, View
from autofix.model import Target


def causes(view: View) -> Iterator[Cause]:
    for hungry in starved(view.record, view.outline.gradients_read):
        source = hungry.source
        target = view.target(source, hungry.how)
        root = _relevant(hungry)
        cuts = [view.record.cuts[i] for i in sorted(root.cuts) if source.index in view.record.cuts[i].data]
        hard = [cut for cut in cuts if not cut.soft]
        for cut in hard or cuts:
            yield from _cut(view, cut, target, root)
        if not source.requires_grad:
            yield from _untracked(view, hungry, target)


def _relevant(hungry: Starved) -> Root:
    """The root whose gradient is missed: the last before the want."""
    before = [r for r in hungry.roots if hungry.want is None or r.index <= hungry.want.root]
    return (before or list(hungry.roots))[-1]


def _cut(view: View, cut: Cut, target: Target, root: Root) -> Iterator[Cause]:
    for span in view.spans(cut.site):
        assignment = view.outline_of(span.path).assignment_at(span)
        updates = assignment is not None and assignment.target == target.name
        if updates and f"{target.name}.grad" in assignment.names_in_value:
            yield Cause("leaf:rebound", span, target, (assignment.span,), ends=root.made)
        else:
            yield Cause(cut.op, span, target, view.spans(cut.mode), ends=root.made)


def _untracked(view: View, hungry: Starved, target: Target) -> Iterator[Cause]:
    source = hungry.source
    sites = [source.site]
    if source.owner == "raw":
        op = "module:raw-tensor"
    elif source.parameter:
        op = "leaf:frozen"
        sites = [n["site"] for n in view.record.notes if n["what"] == "frozen" and n["source"] == source.index][-1:] or sites
    else:
        op = "leaf:untracked"
    read = view.spans(hungry.want.site) if hungry.want else ()
    for span in view.spans(*sites):
        yield Cause(op, span, target, read)
