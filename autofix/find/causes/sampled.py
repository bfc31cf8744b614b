"""A sample is drawn without a path to its distribution's parameters, and another way feeds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autofix.find.record import Cut, is_gradient
from autofix.find.view import Cause, View

SAMPLE = re.compile(r"torch\.distributions\.(?!Categorical|Bernoulli|OneHot|Multinomial|Binomial|Poisson|Geometric|Neg)\w+\.sample$")


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

    A program that takes ``log_prob`` of what it draws has its gradient from there: that one is left alone.
    """
    if "log_prob" in view.outline.text:
        return
    for root in view.record.roots:
        if cut.index not in root.cuts or root.how == "inner" or not root.requires_grad:
            continue
        for index in sorted(cut.data & root.data):
            if is_gradient(root.gradients.get(index)):
                for span in view.spans(cut.site):
                    yield Cause(cut.op, span, view.target(view.record.sources[index], "partial"), ends=root.made)
        return
