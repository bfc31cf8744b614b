"""A sample is drawn without a path to its distribution's parameters, and another way feeds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autofix import effects
from autofix.find.record import Cut, Record, Root, is_gradient, reached
from autofix.find.view import Cause, View

SUMS = effects.ADDITIONS | frozenset("neg mean sum min minimum squeeze view".split())
FACTORS = frozenset("mul rmul div truediv".split())
SCORES = re.compile(r"reward|advantage|log_?pi\b|log_?p\b|reinforce", re.I)
SAMPLE = re.compile(rf"torch\.distributions\.(?!{'|'.join(effects.DISCRETE)})\w+\.sample$")


def causes(view: View) -> Iterator[Cause]:
    for cut in view.record.cuts:
        if SAMPLE.match(cut.op):
            yield from _asked_for(view, cut)
            yield from _half_fed(view, cut)


def _asked_for(view: View, cut: Cut) -> Iterator[Cause]:
    """``autograd.grad`` gave None for what the sample was drawn from, though another root gives it a gradient."""
    for want in view.record.wants:
        if want.how == "autograd.grad" and want.grad is None and want.source in cut.data and want.root >= 0:
            root = view.record.roots[want.root]
            if cut.index in root.cuts and want.source in root.data:
                for span in view.spans(cut.site):
                    yield Cause(cut.op, span, view.target(view.record.sources[want.source], "autograd.grad"), ends=root.made)


def _half_fed(view: View, cut: Cut) -> Iterator[Cause]:
    """The loss is made of the sample, and its only gradient to the parameters comes from a term such as a divergence.

    A program that takes ``log_prob`` of what it draws has its gradient from there: that one is left alone, unless
    what a network says of the sample is the loss itself (the actor of soft actor-critic).
    """
    scored = _is_scored(view, cut) or bool(SCORES.search(view.outline.text))
    for root in view.record.roots:
        if cut.index not in root.cuts or root.how == "inner" or not root.requires_grad:
            continue
        if scored and not _is_judged_by_a_network(view.record, cut, root):
            return
        for index in sorted(cut.data & root.data):
            if is_gradient(root.gradients.get(index)):
                for span in view.spans(cut.site):
                    yield Cause(cut.op, span, view.target(view.record.sources[index], "partial"), ends=root.made)
        return


def _is_scored(view: View, cut: Cut) -> bool:
    """The sample is what a ``log_prob`` is taken of, not only what a distribution is made of."""
    derived = reached([cut.site], view.record.after)
    for step in view.record.raw_steps:
        if step["site"] in derived and step["op"].rsplit(".", 1)[-1] in ("sub", "__eq__", "ge", "gt"):
            first = step["inputs"][0][0] if step["inputs"] and step["inputs"][0] else None
            span = view.record.span(step["site"])
            if first is not None and first[-1] and span is not None and ".log_prob(" in view.text(span):
                return True
    return False


def _is_judged_by_a_network(record: Record, cut: Cut, root: Root) -> bool:
    """From the loss back, through sums and means alone, to a layer that the sample went into."""
    derived = reached([cut.site], record.after)
    waiting, seen = list(root.made), set(root.made)
    while waiting:
        site = waiting.pop()
        steps = [step for step in record.raw_steps if step["site"] == site]
        ops = {effects.short(step["op"]) for step in steps}
        if site in derived and "linear" in ops:
            return True
        plain = all(len(set(step["before"])) == 1 for step in steps)
        if ops <= SUMS or plain and ops <= SUMS | FACTORS:
            waiting += [one for step in steps for one in step["before"] if one not in seen]
            seen |= set(waiting)
    return False
