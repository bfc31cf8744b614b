"""An optimizer steps, and what the program trains is not what it holds.

It was made before a layer was replaced or added, of a generator that was used up, of copies, or another optimizer was
put into its place at once. In each case the optimizer itself shows it: a group that is empty, tensors that no loss
knows, a first optimizer that never steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from autofix.find.record import Source, is_gradient
from autofix.find.view import Cause, View

NO_PARAMETERS = "empty parameter list"


@dataclass
class Held:
    """One optimizer: where it was made, what it holds (by group), how many sources there were, whether it stepped."""

    site: int
    known: int
    place: int
    groups: dict[str, list[int]] = field(default_factory=dict)
    stepped: bool = False

    @property
    def sources(self) -> set[int]:
        return {index for group in self.groups.values() for index in group}


def causes(view: View) -> Iterator[Cause]:
    yield from _refused(view)
    optimizers = _optimizers(view)
    stepping = [o for o in optimizers if o.stepped]
    forgotten = _forgotten(view, stepping)
    if not stepping or not forgotten or _may_hold_more(view):
        return
    handed = {index for o in optimizers for index in o.sources}
    never = [source for source in forgotten if source.index not in handed]
    for optimizer in stepping:
        yield from _of_one(view, optimizer, never)
    for optimizer in optimizers:
        if not optimizer.stepped:
            yield from _put_aside(view, optimizer, stepping, forgotten)


def _optimizers(view: View) -> list[Held]:
    found: dict[str, Held] = {}
    for place, note in enumerate(view.record.notes):
        if note["what"] == "group":
            one = found.setdefault(note["group"].split("/")[0], Held(note["site"], note["known"], place))
            one.groups[note["group"]] = []
        elif note["what"] == "optimizer":
            found[note["group"].split("/")[0]].groups[note["group"]].append(note["source"])
        elif note["what"] == "stepped" and note["optimizer"] in found:
            found[note["optimizer"]].stepped = True
    return list(found.values())


def _may_hold_more(view: View) -> bool:
    """Whether an optimizer steps on what nobody could tell without a run."""
    return any(note["what"] == "stepped" and note.get("open") for note in view.record.notes)


def _forgotten(view: View, stepping: list[Held]) -> list[Source]:
    """Registered parameters to which gradients come, and on which nobody steps."""
    held = {index for optimizer in stepping for index in optimizer.sources}
    asked = {w.source for w in view.record.wants if w.how in ("read", "autograd.grad")}
    return [
        source
        for source in view.record.sources
        if source.parameter
        and source.requires_grad
        and source.owner in ("parameter", "name")
        and source.index not in held | asked
        and any(is_gradient(root.gradients.get(source.index)) for root in view.record.roots)
    ]


def _of_one(view: View, optimizer: Held, forgotten: list[Source]) -> Iterator[Cause]:
    mine = {_model(view.record.sources[index].name) for index in optimizer.sources}
    late = [
        s
        for s in forgotten
        if (s.index >= optimizer.known or _thawed_after(view, s, optimizer)) and _model(s.name) in mine and not _made_anew(view, s)
    ]
    for source in late:
        yield from _cause(view, "optimizer:early", optimizer, source, _since(view, source))
    rest = [source for source in forgotten if source not in late]
    for group in optimizer.groups.values():
        if not group:
            op = "optimizer:empty"
        elif not any(index in root.data for root in view.record.roots for index in group):
            op = "optimizer:copies"
        else:
            continue
        for source in rest:
            yield from _cause(view, op, optimizer, source, ())


def _made_anew(view: View, source: Source) -> bool:
    """One of many that are made at the same place, one for each call: see causes/per_call.py."""
    return any(
        other.index != source.index and other.site == source.site and other.shape == source.shape and other.name in ("", source.name)
        for other in view.record.sources
        if other.parameter
    )


def _model(name: str) -> str:
    """The model that a parameter belongs to: ``net`` of ``net.head.weight``, ``self.net`` of ``self.net.head.weight``."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "self" else parts[0] if len(parts) > 1 else ""


def _thawed_after(view: View, source: Source, optimizer: Held) -> bool:
    return any(n["what"] == "thawed" and n["source"] == source.index for n in view.record.notes[optimizer.place :])


def _since(view: View, source: Source) -> tuple[int, ...]:
    """Where the tensor came into being, or was switched on."""
    return tuple(n["site"] for n in view.record.notes if n["what"] == "thawed" and n["source"] == source.index) or (source.site,)


def _put_aside(view: View, optimizer: Held, stepping: list[Held], forgotten: list[Source]) -> Iterator[Cause]:
    """Another optimizer took its name before it made a step."""
    for span in view.spans(optimizer.site):
        mine = view.outline_of(span.path).assignment_at(span)
        for other in stepping:
            for place in view.spans(other.site):
                theirs = view.outline_of(place.path).assignment_at(place)
                if mine is None or theirs is None or mine.target != theirs.target or place.path != span.path or place <= span:
                    continue
                for source in forgotten:
                    if source.index in optimizer.sources:
                        yield Cause("optimizer:overwritten", span, view.target(source, "optimizer"), (place,))


def _cause(view: View, op: str, optimizer: Held, source: Source, since: tuple[int, ...]) -> Iterator[Cause]:
    for span in view.spans(optimizer.site):
        yield Cause(op, span, view.target(source, "optimizer"), view.spans(*since))


def _refused(view: View) -> Iterator[Cause]:
    """An optimizer that was given nothing, though the program has parameters."""
    for note in view.record.notes:
        if note["what"] == "refused" and NO_PARAMETERS in note["message"]:
            for span in view.spans(note["site"]):
                for source in view.record.sources:
                    if source.parameter and source.requires_grad and source.owner == "parameter":
                        yield Cause("optimizer:empty", span, view.target(source, "optimizer"))
