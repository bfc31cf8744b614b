"""Data reached a root, and on its way something cut the gradient, or the target never required one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from autofix import effects
from autofix.find import modes
from autofix.find.causes import held, tape_parts
from autofix.find.outline import Assignment
from autofix.find.record import Cut, Root, Source
from autofix.find.starved import Starved, fed, starved
from autofix.find.view import Cause, View
from autofix.model import Span, Target

STOPS = effects.STOPS | {"tf.stop_gradient"}
HELD = re.compile(r"adv|target|baseline|teacher|returns?\b|old|reference|anchor|goal|bootstrap|next", re.I)


def causes(view: View) -> Iterator[Cause]:
    for hungry in starved(view.record, view.gradients_ahead):
        source = hungry.source
        target = view.target(source, hungry.how)
        root = _relevant(hungry)
        cuts = [view.record.cuts[i] for i in sorted(root.cuts) if i not in source.born]
        spared = tape_parts.spared(view, source, root)
        kept = frozenset(cut.site for cut in cuts if cut.index in spared) | tape_parts.aside(view.record)
        cuts = [cut for cut in cuts if source.index in cut.data and cut.index not in spared]
        soft = [cut for cut in cuts if cut.soft]
        hard = [] if _alive(view, source, root) else [cut for cut in cuts if not cut.soft]
        for cut in hard or soft:
            yield from (replace(cause, kept=kept) for cause in _cut(view, cut, hungry, target, root))
        if not source.requires_grad:
            yield from _untracked(view, hungry, target)
        elif not cuts:
            yield from _too_late(view, hungry, target)


def _too_late(view: View, hungry: Starved, target: Target) -> Iterator[Cause]:
    """It was told to require a gradient when the loss, or a part of it, had been computed from it."""
    for note in view.record.notes:
        if note["what"] == "late" and note["source"] == hungry.source.index:
            for span in view.spans(hungry.source.site):
                yield Cause("leaf:untracked", span, target, view.spans(note["site"]), "requires_grad is switched on after its use")


def _alive(view: View, source: Source, root: Root) -> bool:
    """The graph leads from the root to the source, and what came back along it is zero: no cut of a graph did that."""
    earlier = view.record.roots[: root.index]
    sketch = root.gradients.get(source.index)
    zero = sketch is not None and sketch["finite"] and sketch["norm"] == 0
    return zero and not any(source.index in before.gradients for before in earlier)


def _relevant(hungry: Starved) -> Root:
    """The root whose gradient is missed: the last before the want."""
    before = [r for r in hungry.roots if hungry.want is None or r.index <= hungry.want.root]
    return (before or list(hungry.roots))[-1]


def _cut(view: View, cut: Cut, hungry: Starved, target: Target, root: Root) -> Iterator[Cause]:
    switched = modes.places(view, cut)
    for mode in switched:
        way = modes.led_there(view, cut, hungry.source.index)
        yield Cause(cut.op, mode, target, way, ends=root.made, site=cut.site)
    if switched:
        return
    for span in view.spans(cut.site):
        assignment = view.outline_of(span.path).assignment_at(span)
        updates = assignment is not None and assignment.target == target.name
        if updates and f"{target.name}.grad" in assignment.names_in_value:
            yield Cause("leaf:rebound", span, target, (assignment.span,), ends=root.made)
        else:
            related = (*_others_roots(view, cut, hungry, root), *modes.callers(view, cut, hungry.source.index))
            yield Cause(cut.op, span, target, related, ends=root.made, shared=_shared(view, cut) or _meant(cut, assignment))


def _shared(view: View, cut: Cut) -> bool:
    """A target that is fed all the same passes here too: perhaps the cut is a stop-gradient on purpose."""
    sources = view.record.sources
    return any(sources[i].requires_grad for i in cut.data & fed(view.record))


def _meant(cut: Cut, assignment: Assignment | None) -> bool:
    """A stop-gradient under the name of something that is held constant."""
    return cut.op in STOPS and assignment is not None and bool(HELD.search(assignment.target))


def _others_roots(view: View, cut: Cut, hungry: Starved, root: Root) -> tuple[Span, ...]:
    """Roots that this cut keeps the target out of, and that an optimizer of others follows (a GAN's other step)."""
    index, found = hungry.source.index, []
    for other in hungry.roots:
        if other.site == root.site or cut.index not in other.cuts:
            continue
        steps = [w.source for w in view.record.wants if w.how == "optimizer" and w.root == other.index]
        if steps and index not in steps:
            found.append(other.site)
    return view.spans(*found)


def _untracked(view: View, hungry: Starved, target: Target) -> Iterator[Cause]:
    source = hungry.source
    sites = [source.site]
    if source.owner == "raw" and any(n["what"] == "held" and source.index in n["sources"] for n in view.record.notes):
        return  # causes/held.py knows where it is set
    if source.parameter and any(cause.op.startswith("module:") for cause in held.causes(view)):
        return  # frozen beside a weight that is still to be registered
    if source.owner == "raw":
        op = "module:raw-tensor"
    elif source.parameter:
        op = "leaf:frozen"
        sites = [n["site"] for n in view.record.notes if n["what"] == "frozen" and n["source"] == source.index][-1:] or sites
    elif hungry.how == "read" and hungry.want is not None and view.only_tested(view.record.span(hungry.want.site)):
        return  # the program looks whether there is a gradient, and goes on without
    else:
        op = "leaf:untracked"
    read = view.spans(hungry.want.site) if hungry.want else ()
    for span in view.spans(*sites):
        yield Cause(op, span, target, read)
