"""A call on the way to the root raised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from autofix.find import modes
from autofix.find.record import Failure
from autofix.find.starved import is_dead
from autofix.find.view import Cause, View
from autofix.model import Target

TO_NUMPY = "Can't call numpy() on Tensor that requires grad"
LEAF_IN_PLACE = ("a leaf Variable that requires grad", "a view of a leaf Variable")
ONLY_FLOATS = "can require gradients"
INFERENCE = "nference tensor"
OF_INTEGERS = ("floating point or complex dtype", "'Long'", "Got: Long", "found Long", "'Bool'", "Got: Bool")
NO_ARRAY = "expected np.ndarray"
OFF_GRAPH = ("numpy.", "math.", "scipy.")


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    if record.end.how == "exception" and ONLY_FLOATS in record.end.message:
        yield from _integer(view)
        return
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
    if INFERENCE in failure.message:
        yield from _made_in_inference(view, failure)
        return
    if any(words in failure.message for words in (*OF_INTEGERS, NO_ARRAY)) and failure.cuts:
        yield from _made_otherwise(view, failure)
        return
    for span in view.spans(failure.site):
        op = _op(failure)
        for target in map(_lasting, view.live_targets(failure.data)):
            yield Cause(op, span, target, reason=failure.message.split("\n")[0], ends=(failure.site,))


def _made_in_inference(view: View, failure: Failure) -> Iterator[Cause]:
    """The value was made in inference mode: the block is to blame, not the call that could not use it."""
    reason, sources = failure.message.split("\n")[0], view.record.sources
    for cut in (view.record.cuts[i] for i in sorted(failure.cuts)):
        lost = [i for i in sorted(cut.data) if sources[i].requires_grad]
        for index in lost or [i for i in sorted(failure.data) if sources[i].requires_grad]:
            target = view.target(sources[index], "leaf")
            for mode in modes.places(view, cut):
                way = modes.led_there(view, cut, index)
                yield Cause(cut.op, mode, target, way, reason, ends=(failure.site,), site=cut.site)


def _made_otherwise(view: View, failure: Failure) -> Iterator[Cause]:
    """A value became whole numbers, or a number, on its way: what made it so is to blame, not the call that refuses it."""
    for cut in (view.record.cuts[i] for i in sorted(failure.cuts)):
        for target in view.live_targets(cut.data) if not cut.soft else ():
            for span in view.spans(cut.site):
                yield Cause(cut.op, span, target, ends=failure.made)


def _lasting(target: Target) -> Target:
    """In a constructor ``self.w`` is a name for now: later the object has one of its own."""
    if target.name.startswith("self.") and target.span is not None:
        return replace(target, name=f"tensor of line {target.span.line}")
    return target


def _integer(view: View) -> Iterator[Cause]:
    """What was to become a leaf and could not: it goes by the name that the statement gives it."""
    for span in view.spans(view.record.end.site):
        outline = view.outline_of(span.path)
        assignment = outline.assignment_at(span)
        name = assignment.target if assignment is not None else view.text(span).removesuffix(".requires_grad")
        name = f"tensor of line {span.line}" if name.startswith("self.") else name
        how = "read" if name in outline.gradients_read else "leaf"
        yield Cause("leaf:integer", span, Target(name, how, span), reason=view.record.end.message)


def _op(failure: Failure) -> str:
    if TO_NUMPY in failure.message or failure.op.startswith(OFF_GRAPH):
        return failure.op
    if failure.message.startswith(LEAF_IN_PLACE):
        return "leaf:inplace"
    return f"failed:{failure.op}"
