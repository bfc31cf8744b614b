"""A call on the way to the root raised."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Failure
from autofix.find.starved import is_dead
from autofix.find.view import Cause, View

TO_NUMPY = "Can't call numpy() on Tensor that requires grad"
LEAF_IN_PLACE = ("a leaf Variable that requires grad", "a view of a leaf Variable")
ONLY_FLOATS = "can require gradients"
OFF_GRAPH = ("numpy.", "math.", "scipy.")


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    if record.end.how != "exception" and any(not is_dead(record, root) for root in record.roots):
        return
    at_roots = {(root.site, root.error[:40]) for root in record.roots}
    for failure in record.failures:
        ended_it = failure.message and failure.message[:60] in record.end.message
        if not (ended_it or record.end.how != "exception"):
            continue
        if (failure.site, f"{failure.error}: {failure.message}"[:40]) not in at_roots:
            yield from _failure(view, failure)


def _failure(view: View, failure: Failure) -> Iterator[Cause]:
    for span in view.spans(failure.site):
        op = _op(failure)
        for target in view.live_targets(failure.data):
            yield Cause(op, span, target, reason=failure.message.split("\n")[0], ends=(failure.site,))


def _op(failure: Failure) -> str:
    if TO_NUMPY in failure.message or failure.op.startswith(OFF_GRAPH):
        return failure.op
    if failure.message.startswith(LEAF_IN_PLACE):
        return "leaf:inplace"
    if ONLY_FLOATS in failure.message:
        return "leaf:integer"
    return f"failed:{failure.op}"
