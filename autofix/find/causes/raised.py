"""A call on the way to the root raised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from autofix import effects
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
MEETS_NUMPY = "torch.Tensor.__array__"
HOOKED = ("can't retain_grad on Tensor that has requires_grad=False", "cannot register a hook on a tensor that doesn't require gradient")


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    if record.end.how == "exception" and ONLY_FLOATS in record.end.message:
        yield from _integer(view)
        return
    if record.end.how != "exception" and any(not is_dead(record, root) for root in record.roots):
        return
    at_roots = {(root.site, root.error[:40]) for root in record.roots}
    for failure in record.failures:
        if failure.message:
            ended_it = failure.message[:60] in record.end.message
        else:
            ended_it = failure.site == record.end.site and failure.error == record.end.exception
        if not (ended_it or record.end.how != "exception"):
            continue
        if (failure.site, f"{failure.error}: {failure.message}"[:40]) not in at_roots:
            yield from _failure(view, failure)


def _failure(view: View, failure: Failure) -> Iterator[Cause]:
    if INFERENCE in failure.message:
        yield from _cut_off(view, failure, (failure.site,), failure.message)
        return
    if failure.message.startswith(HOOKED):
        yield from _cut_off(view, failure, failure.made, failure.message)
        yield from _untracked(view, failure)
        return
    if any(words in failure.message for words in (*OF_INTEGERS, NO_ARRAY)) and failure.cuts:
        yield from _made_otherwise(view, failure)
        return
    op = _op(failure)
    if op == MEETS_NUMPY or op.startswith(effects.OTHER_LIBRARIES):
        yield from _cut_off(view, failure, failure.made)
    for span in view.spans(failure.site):
        for target in map(_lasting, view.live_targets(failure.data)):
            yield Cause(op, span, target, reason=failure.message.split("\n")[0], ends=(failure.site,))


def _cut_off(view: View, failure: Failure, ends: tuple[int, ...], reason: str = "") -> Iterator[Cause]:
    """The value was cut off, or made in inference mode: that is to blame, not the call that could not use it."""
    reason, sources = reason.split("\n")[0], view.record.sources
    for cut in (view.record.cuts[i] for i in sorted(failure.cuts)):
        lost = [i for i in sorted(cut.data) if sources[i].requires_grad]
        for index in lost or [i for i in sorted(failure.data) if sources[i].requires_grad]:
            target = view.target(sources[index], "leaf")
            for span in modes.places(view, cut) or view.spans(cut.site):
                way = modes.led_there(view, cut, index)
                yield Cause(cut.op, span, target, way, reason, ends=ends, site=cut.site)


def _untracked(view: View, failure: Failure) -> Iterator[Cause]:
    """Nothing that the value was made of requires a gradient."""
    sources = [view.record.sources[i] for i in sorted(failure.data)]
    if any(source.requires_grad for source in sources):
        return
    for target, source in zip(view.live_targets(failure.data), (s for s in sources if s.floating)):
        for span in view.spans(source.site):
            yield Cause("leaf:untracked", span, target, reason=failure.message.split("\n")[0])


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
    if failure.op == MEETS_NUMPY or TO_NUMPY in failure.message or failure.op.startswith(effects.OTHER_LIBRARIES):
        return failure.op
    if failure.message.startswith(LEAF_IN_PLACE):
        return "leaf:inplace"
    return f"failed:{failure.op}"
