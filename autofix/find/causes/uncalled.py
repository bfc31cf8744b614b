"""``backward`` is named and not called, or its result, which is always None, is taken for the gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autofix.find.record import Root
from autofix.find.starved import fed, optimized
from autofix.find.view import Cause, View
from autofix.model import Target


def causes(view: View) -> Iterator[Cause]:
    yield from _never_called(view)
    for root in view.record.roots:
        yield from _result(view, root)


def _never_called(view: View) -> Iterator[Cause]:
    steps = [w for w in view.record.wants if w.how == "optimizer" and w.source >= 0]
    in_vain = {w.source for w in steps} - {w.source for w in steps if w.satisfied}
    starving = sorted(i for i in (optimized(view.record) - fed(view.record)) | in_vain if i >= 0)
    targets = [view.target(view.record.sources[i], "leaf") for i in starving]
    if not view.record.roots:
        targets += [Target(name, "read") for name in sorted(view.gradients_ahead)] if not targets else []
    for statement in ast.walk(view.outline.tree):
        value = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(value, ast.Attribute) and value.attr == "backward":
            for target in targets:
                yield Cause("backward:not-called", view.outline.span(value), target)


def _result(view: View, root: Root) -> Iterator[Cause]:
    """The name that took the result of ``backward()`` made the program fail, or is used as a gradient."""
    for span in view.spans(root.site):
        outline = view.outline_of(span.path)
        assignment = outline.assignment_at(span)
        if (
            assignment is None
            or root.how != "backward"
            or not outline.is_value(span)
            or not _none_hurt(view, assignment.target)
        ):
            continue
        for index in root.gradients:
            source = view.record.sources[index]
            yield Cause(
                "backward:result", span, view.target(source, "leaf"), (assignment.span,), view.record.end.message
            )


def _none_hurt(view: View, target: str) -> bool:
    end = view.record.end
    return end.how == "exception" and end.exception in ("TypeError", "AttributeError") and "NoneType" in end.message
