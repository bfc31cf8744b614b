"""Losses copied into a new tensor: what they were computed for is lost, though the parameters learn by another term."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autofix.find.record import is_gradient
from autofix.find.view import Cause, View
from autofix.model import Span

CONSTANTS = re.compile(
    r"adv|baseline|returns?|rewards?|weights?|coef|scale|norm|target|goal|prior|temp|lam|alpha|beta|const|stat|hist|log",
    re.IGNORECASE,
)
REASON = "the tensors that are copied here reach the loss in no other way"


def causes(view: View) -> Iterator[Cause]:
    for root in view.record.roots:
        for number, shared in root.rebuilt:
            cut = view.record.cuts[number]
            for span in view.spans(cut.site):
                if not (shared and _is_constant(view, span)):
                    yield from _lost(view, root, cut, span, shared)


def _lost(view: View, root, cut, span: Span, shared: bool) -> Iterator[Cause]:
    for index in sorted(cut.data):
        source = view.record.sources[index]
        if source.requires_grad and is_gradient(root.gradients.get(index)):
            yield Cause(cut.op, span, view.target(source, "leaf"), reason=REASON, ends=root.made, partial=shared)


def _is_constant(view: View, span: Span) -> bool:
    """Whether the copy goes by the name of something that is held constant."""
    assignment = view.outline_of(span.path).assignment_at(span)
    return assignment is not None and bool(CONSTANTS.search(assignment.target))
