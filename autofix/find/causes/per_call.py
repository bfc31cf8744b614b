"""A layer is made anew at every call of ``forward``: gradients come to weights that nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.outline import Outline
from autofix.find.record import Source, is_gradient
from autofix.find.starved import optimized
from autofix.find.view import Cause, View
from autofix.model import Span, Target

BUILDERS = ("__init__", "__new__", "__post_init__", "reset_parameters", "build", "setup")


def causes(view: View) -> Iterator[Cause]:
    held = optimized(view.record)
    by_site: dict[int, list[Source]] = {}
    for source in view.record.sources:
        if source.parameter and source.requires_grad and not source.born:  # else it is made of others' values
            by_site.setdefault(source.site, []).append(source)
    found = [
        span
        for site, sources in by_site.items()
        for span in view.spans(site)
        if held and _anew(view, sources, held) and _in_forward(view.outline_of(span.path), span)
    ]
    for span in found:
        target = Target(f"layer of line {span.line}", "per call", span)
        yield Cause("module:per-call", span, target, tuple(sorted(found)))


def _anew(view: View, sources: list[Source], held: frozenset[int]) -> bool:
    """Each loss has its own, gets a gradient for it, and no optimizer ever saw one."""
    if any(source.index in held for source in sources):
        return False
    roots = [root for root in view.record.roots if root.how != "inner"]
    fresh = [{s.index for s in sources} & set(root.data) for root in roots]
    fed = any(is_gradient(root.gradients.get(s.index)) for root in roots for s in sources)
    seen = [one for one in fresh if one]
    return fed and len(seen) >= min(len(roots), 2) and all(not a & b for a, b in zip(seen, seen[1:]))


def _in_forward(outline: Outline, span: Span) -> bool:
    """Inside a method of a class, other than those that build."""
    around = [name for name, place in outline.methods if place.contains(span)]
    return bool(around) and not any(name in BUILDERS for name in around)
