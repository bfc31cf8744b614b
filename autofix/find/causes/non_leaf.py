"""A gradient is asked of a tensor that is no leaf: an intermediate value, or a leaf whose name was bound anew."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.outline import Assignment
from autofix.find.record import Source, Want
from autofix.find.view import Cause, View
from autofix.model import Span, Target

CANNOT_ASSIGN = "cannot assign '"


def causes(view: View) -> Iterator[Cause]:
    for want in view.record.wants:
        if want.grad is not None or want.leaf or want.how == "autograd.grad":
            continue
        if want.how == "read" and view.only_tested(view.record.span(want.site)):
            continue
        reached = want.how == "optimizer" or any(want.data <= root.data for root in view.record.roots)
        if reached:
            yield from _non_leaf(view, want)
    yield from _orphaned(view)
    yield from _refused(view)


def _non_leaf(view: View, want: Want) -> Iterator[Cause]:
    made, read = view.record.span(want.made), view.record.span(want.site)
    if made is None or read is None:
        return
    if want.how == "optimizer" and not want.name:
        for source in (view.record.sources[i] for i in sorted(want.data)):
            if source.requires_grad:
                yield Cause("leaf:rebound", made, view.target(source, want.how), (read,))
        return
    target = Target(want.name or "tensor", want.how, made)
    leaf = _part_of(view, want, made, read)
    if want.how == "optimizer" or _rebound(view, want, made):
        yield Cause("leaf:rebound", made, target, (read,))
    elif leaf is not None:
        yield Cause("grad:part", read, view.target(leaf, "read"), (made,))
    else:
        yield Cause("grad:intermediate", read, target, (made,))


def _part_of(view: View, want: Want, made: Span, read: Span) -> Source | None:
    """The leaf, where what is read was taken out of it after the backward pass: ``w[0].grad``."""
    live = [view.record.sources[i] for i in want.data if view.record.sources[i].requires_grad]
    root = view.record.span(view.record.roots[want.root].site) if want.root >= 0 else None
    late = read.contains(made) or root is not None and root.path == made.path and root < made < read
    return live[0] if late and len(want.data) == len(live) == 1 and live[0].name else None


def _rebound(view: View, want: Want, made: Span) -> bool:
    """Whether the name stood for a leaf before: a leaf made and changed in one go, or an update of a leaf."""
    outline = view.outline_of(made.path)
    if outline.makes_leaf_at(made):
        return True
    assignment = outline.assignment_at(made)
    if assignment is None:
        return False
    if assignment.reads_gradient:
        return True
    return assignment.target in assignment.names_in_value and _was_leaf(view, want, assignment)


def _was_leaf(view: View, want: Want, assignment: Assignment) -> bool:
    last = assignment.target.rsplit(".", 1)[-1].split("[")[0]
    sources = [view.record.sources[i] for i in want.data]
    live = [s for s in sources if s.requires_grad]
    return len(live) == 1 and (not live[0].name or live[0].name.rsplit(".", 1)[-1].split("[")[0] == last)


def _orphaned(view: View) -> Iterator[Cause]:
    """The optimizer's leaf went out of reach when its name was bound to a new value."""
    for note in view.record.notes:
        if note["what"] != "orphaned":
            continue
        for span in view.spans(note["made"]):
            assignment = view.outline_of(span.path).assignment_at(span)
            if (
                assignment is not None
                and assignment.target == note["name"]
                and note["name"] in assignment.names_in_value
            ):
                yield Cause("leaf:rebound", span, Target(note["name"], "optimizer", span), view.spans(note["site"]))


def _refused(view: View) -> Iterator[Cause]:
    """A module refuses a plain tensor in the place of its parameter."""
    end = view.record.end
    if end.how != "exception" or not end.message.startswith(CANNOT_ASSIGN):
        return
    for span in view.spans(end.site):
        yield Cause("leaf:rebound", span, _named_by(view, span), reason=end.message)


def _named_by(view: View, span: Span) -> Target:
    """The parameter that an attribute expression means, by its last part."""
    last = "." + view.text(span).rsplit(".", 1)[-1]
    for source in view.record.sources:
        if source.parameter and source.name.endswith(last):
            return view.target(source, "leaf")
    return Target(f"tensor of line {span.line}", "leaf")
