"""Weights by all signs that Keras does not know: nobody asks for their gradient, so they never learn."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.holder import Attribute
from autofix.find.record import Root, Source
from autofix.find.view import Cause, View

OPS = {
    "keras:variable": "keras:untracked-variable",
    "keras:untracked": "keras:untracked-layer",
    "keras:made-in-call": "keras:made-in-call",
}


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    asked = {want.source for want in record.wants}
    if not record.roots or not (asked or _nothing_asked(view)):
        return
    for source in record.sources:
        root = view.root_of(source.index)
        if root is None or source.index in asked or not source.floating:
            continue
        op = OPS.get(source.owner) if source.trainable else None
        if source.owner == "keras:tensor":
            yield from _raw(view, source, root)
        if op is not None and not _written(view, source):
            for span in view.spans(source.site):
                yield Cause(op, span, view.target(source, "optimizer"), view.spans(root.site))


def _raw(view: View, source: Source, root: Root) -> Iterator[Cause]:
    """A tensor or array in place of a weight: nothing else is there to train, or it reads like one in all respects."""
    attribute = Attribute.called(view.outline_of(view.script), source.name.rsplit(".", 1)[-1])
    alone = _nothing_asked(view)
    span = view.record.span(source.site) if alone else None
    if attribute is not None and (alone or attribute.looks_like_weight()):
        span = span or attribute.span
    if span is not None and not _written(view, source):
        yield Cause("keras:raw-tensor", span, view.target(source, "optimizer"), view.spans(root.site))


def _nothing_asked(view: View) -> bool:
    """Whether a model without a single trainable weight was trained."""
    return any(note["what"] == "nothing asked" for note in view.record.notes)


def _written(view: View, source: Source) -> bool:
    """State that the program itself updates is no weight."""
    name = source.name.rsplit(".", 1)[-1]
    text = view.outline_of(view.script).text if name else ""
    return any(f"{name}.assign{kind}(" in text for kind in ("", "_add", "_sub"))
