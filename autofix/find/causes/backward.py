"""A backward pass raised: a saved value was overwritten, or a graph was used twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autofix.find.record import Root
from autofix.find.view import Cause, View

SAVED_IN_PLACE = "modified by an inplace operation"
SECOND_TIME = "backward through the graph a second time"
_SHAPE = re.compile(r"FloatTensor \[([\d, ]*)\]|DoubleTensor \[([\d, ]*)\]")


def causes(view: View) -> Iterator[Cause]:
    for root in view.record.roots:
        if SAVED_IN_PLACE in root.error:
            yield from _saved(view, root)
        elif SECOND_TIME in root.error:
            yield from _second_time(view, root)


def _saved(view: View, root: Root) -> Iterator[Cause]:
    targets = view.live_targets(root.data)
    notes = [n for n in view.record.notes if n["what"] == "inplace" and set(n["data"]) & set(root.data)]
    shape = _SHAPE.search(root.error)
    guilty = [n for n in notes if shape and n["shape"] == _numbers(shape[1] or shape[2])]
    for note in guilty or notes:
        for span in view.spans(note["site"]):
            for target in targets:
                yield Cause("saved:inplace", span, target, view.spans(root.site), root.error)


def _numbers(text: str | None) -> list[int]:
    return [int(number) for number in (text or "").split(",") if number.strip()]


def _second_time(view: View, root: Root) -> Iterator[Cause]:
    """What was computed once is used again after its graph was freed."""
    found = False
    for source in (view.record.sources[i] for i in sorted(root.data)):
        if not source.requires_grad or source.owner == "parameter" or _held(view, source.index):
            continue
        for span in view.spans(source.site):
            outline = view.outline_of(span.path)
            assignment = outline.assignment_at(span)
            if assignment is None or not assignment.makes_leaf or assignment.in_loop or outline.is_leaf_itself(span):
                continue
            found = True
            read = assignment.target in outline.gradients_read
            target = view.target(source, "read" if read else "leaf", assignment.target)
            yield Cause("leaf:rebound", span, target, view.spans(root.site), root.error)
    for cause in _bound_anew(view, root):
        found = True
        yield cause
    if not found:
        yield from _shared_graph(view, root)


def _bound_anew(view: View, root: Root) -> Iterator[Cause]:
    """A leaf's name is bound in the loop to what is computed from it: the next round goes through this one's graph."""
    for source in (view.record.sources[i] for i in sorted(root.data)):
        for span in view.outline.bound_from_itself(source.name) if source.requires_grad and source.name else ():
            yield Cause("leaf:rebound", span, view.target(source, "leaf"), view.spans(root.site), root.error)


def _shared_graph(view: View, root: Root) -> Iterator[Cause]:
    """Two differentiations go through one graph."""
    earlier = [r for r in view.record.roots[: root.index] if r.data & root.data and not r.error and r.requires_grad]
    derivatives = {view.record.cuts[c].site for c in root.cuts if view.record.cuts[c].op == "torch.autograd.grad"}
    if not earlier or earlier[-1].site in derivatives:
        return
    again = earlier[-1].site == root.site
    for span in view.spans(earlier[-1].site):
        for target in view.live_targets(earlier[-1].data & root.data):
            yield Cause("graph:reused" if again else "graph:freed", span, target, view.spans(root.site), root.error)


def _held(view: View, index: int) -> bool:
    """What a module holds is made of it: causes/held.py tells."""
    return any(n["what"] == "held" and index in n["data"] and not n["leaf"] for n in view.record.notes)
