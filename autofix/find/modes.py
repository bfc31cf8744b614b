"""Where gradient mode was turned off for a cut: the ``with``, the decorator or the call that did it."""

from __future__ import annotations

import re

from autofix.find.record import Cut
from autofix.find.view import View
from autofix.model import Span

_SWITCH = re.compile(r"\b(no_grad|inference_mode|set_grad_enabled|_set_grad_enabled|enter_context|__enter__)\b")


def place(view: View, cut: Cut) -> Span | None:
    """The expression that turned gradient mode off; for a decorated function its decorator."""
    span = view.record.span(cut.mode)
    if span is None or view.outline_of(span.path).is_with_item(span) or _SWITCH.search(view.text(span)):
        return span
    for inner in view.spans(*(site for site, _ in cut.through)):
        for decorator in view.outline_of(inner.path).decorators_around(inner):
            if _SWITCH.search(view.text(decorator)):
                return decorator
    return span


def led_there(view: View, cut: Cut, source: int) -> tuple[Span, ...]:
    """The expressions whose evaluation cut this source off: the place itself, and the calls that led there."""
    return view.spans(*(site for site, data in cut.through if source in data))
