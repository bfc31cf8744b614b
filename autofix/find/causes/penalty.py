"""A term of the loss is made of an inner derivative that keeps no graph: the term weighs in and teaches nothing."""

from __future__ import annotations

from collections.abc import Iterator

from autofix import effects
from autofix.find.record import Cut, Record, Root, is_gradient, reached
from autofix.find.view import Cause, View

INNER = "torch.autograd.grad"
ROUNDING = 1e-6


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    for root in record.roots:
        for number in sorted(root.cuts):
            cut = record.cuts[number]
            if (
                cut.op == INNER
                and cut.live
                and root.requires_grad
                and _is_a_term(record, cut)
                or cut.op == INNER
                and "does not require grad" in root.error
            ):
                yield from _lost(view, cut, root)


def _lost(view: View, cut: Cut, root: Root) -> Iterator[Cause]:
    for index in sorted(cut.data & root.data):
        source = view.record.sources[index]
        asked_again = root.how == "grad" and bool(root.error)  # the whole root is made of the inner derivative
        read_later = root.error and source.name in view.gradients_ahead
        if not source.requires_grad or index not in of_interest(view.record) and not (read_later or asked_again):
            continue
        if not root.error and not weighs_in(root, index):
            continue
        for span in view.spans(cut.site):
            yield Cause(cut.op, span, view.target(source, "autograd.grad" if asked_again else "leaf"), view.spans(root.site), ends=root.made)


def weighs_in(root: Root, index: int) -> bool:
    """Its gradient is more than what rounding leaves of terms that cancel (the last bias of a Wasserstein critic)."""
    largest = max((sketch["norm"] for sketch in root.gradients.values() if is_gradient(sketch)), default=0.0)
    sketch = root.gradients.get(index)
    return is_gradient(sketch) and sketch["norm"] > ROUNDING * largest


def of_interest(record: Record) -> set[int]:
    """What an optimizer holds, and what the program reads gradients of."""
    optimized = {n["source"] for n in record.notes if n["what"] == "optimizer"}
    return optimized | {w.source for w in record.wants if w.how in ("read", "optimizer") and w.root >= 0}


def _is_a_term(record: Record, cut: Cut) -> bool:
    """From the cut on, nothing but the lost value goes in, until it is added to a number that is made of others."""
    after = record.steps_after
    derived = reached([cut.site], {site: {step["site"] for step in steps} for site, steps in after.items()})
    waiting, seen = [cut.site], set()
    while waiting:
        for step in after.get(waiting.pop(), ()):
            if step["site"] in seen:
                continue
            seen.add(step["site"])
            if _adds_numbers(step) and set(step["before"]) - derived:
                return True
            if all(lost for *_, lost in _tensors(step)):
                waiting.append(step["site"])
    return False


def _tensors(step: dict) -> list:
    return [fact for facts in step["inputs"][:1] for fact in facts if fact[0] == "tensor"]


def _adds_numbers(step: dict) -> bool:
    tensors = _tensors(step)
    whole = all(not shape or shape == [1] for _, _, shape, _ in tensors)
    return bool(tensors) and whole and effects.short(step["op"]) in effects.ADDITIONS
