"""Where gradient mode was turned off for a cut: the ``with``, the decorator or the call that did it."""

from __future__ import annotations

import re

from autofix.find.record import Cut
from autofix.find.view import View
from autofix.model import Span

_SWITCH = re.compile(r"\b(no_grad|inference_mode|set_grad_enabled|_set_grad_enabled|enter_context|__enter__)\b")


def places(view: View, cut: Cut) -> list[Span]:
    """The expressions that had turned gradient mode off, outermost first; for a decorated function its decorator."""
    found = (_place(view, cut, span) for span in view.spans(*cut.modes))
    return list(dict.fromkeys(found))


def _place(view: View, cut: Cut, span: Span) -> Span:
    if items := view.outline_of(span.path).with_items(span):
        return next((item for item in reversed(items) if _SWITCH.search(view.text(item))), items[-1])
    if _SWITCH.search(view.text(span)):
        return span
    for inner in view.spans(*(site for site, _, _ in cut.through)):
        for decorator in view.outline_of(inner.path).decorators_around(inner):
            if _SWITCH.search(view.text(decorator)):
                return decorator
    return span


def led_there(view: View, cut: Cut, source: int) -> tuple[Span, ...]:
    """The expressions whose evaluation cut this source off: the place itself, and the calls that led there."""
    return view.spans(*(site for site, data, _ in cut.through if source in data))


def callers(view: View, cut: Cut, source: int) -> tuple[Span, ...]:
    """The calls of the function in which this source was cut off."""
    return view.spans(*(site for site, data, depth in cut.through if source in data and depth == 1))
