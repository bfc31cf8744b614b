"""A gradient is used before the backward pass that would make it, and the program dies of the None."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autofix.find.view import Cause, View
from autofix.model import Target


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    if record.end.how != "exception" or "NoneType" not in record.end.message:
        return
    for want in record.wants:
        span, failed = record.span(want.site), record.span(record.end.site)
        if (
            want.how != "read"
            or want.grad is not None
            or span is None
            or failed is None
            or not want.requires_grad
            or not want.leaf
        ):
            continue
        outline = view.outline_of(span.path)
        statement = next((n for n in outline.around(span) if isinstance(n, ast.stmt)), None)
        earlier = [r for r in record.roots if want.source in r.data and r.index <= want.root]
        if statement is not None and not earlier and outline.span(statement).contains(failed):
            yield Cause("grad:early", span, Target(want.name or "tensor", "read", span))
