"""A gradient is asked of a tensor that is no leaf: an intermediate value, or a leaf whose name was bound anew."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Want
from autofix.find.view import Cause, View
from autofix.model import Target


def causes(view: View) -> Iterator[Cause]:
    for want in view.record.wants:
        if want.grad is not None or want.leaf or want.how == "autograd.grad":
            continue
        reached = want.how == "optimizer" or any(want.data <= root.data for root in view.record.roots)
        if reached:
            yield from _non_leaf(view, want)


def _non_leaf(view: View, want: Want) -> Iterator[Cause]:
    made, read = view.record.span(want.made), view.record.span(want.site)
    if made is None or read is None:
        return
    target = Target(want.name or "tensor", want.how, made)
    assignment = view.outline_of(made.path).assignment_at(made)
    rebound = assignment is not None and (assignment.makes_leaf or assignment.target in assignment.names_in_value)
    if rebound or want.how == "optimizer":
        yield Cause("leaf:rebound", made, target, (read,))
    else:
        yield Cause("grad:intermediate", read, target, (made,))
