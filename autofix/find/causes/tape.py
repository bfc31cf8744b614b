"""A gradient tape was asked and had nothing to give: it never saw the source, or not what was made of it."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Source
from autofix.find.starved import fed
from autofix.find.view import Cause, View
from autofix.model import Span, Target

IN_PLACE = "` with `tf.Variable`s is not supported"
ENTRIES = ("tf.Variable", "tf.Variable.assign", "tf.constant")
ARRAY = "an array is no tensor: a tape cannot watch it"
USED_UP = "can only be used to compute one set of gradients"


def causes(view: View) -> Iterator[Cause]:
    answered = {(w.site, w.source) for w in view.record.wants if w.satisfied}
    for note in view.record.notes:
        if note["what"] == "tape" and (note["gradient"], note["source"]) not in answered and not _asserted(view, note):
            source = view.record.sources[note["source"]]
            yield from _one(view, note, source, view.target(source, "tape.gradient"))
        elif note["what"] == "reused tape":
            yield from _used_up(view, note)
        elif note["what"] == "watched array":
            yield from _watched_array(view, note)
    yield from _in_place(view)


def _one(view: View, note: dict, source: Source, target: Target) -> Iterator[Cause]:
    tape, gradient = view.record.span(note["tape"]), view.record.span(note["gradient"])
    if tape is None or gradient is None or USED_UP in note["error"]:
        return
    asked = view.outline_of(gradient.path).source_asked(gradient, note["place"]) or gradient
    made = view.record.span(note["made"]) or gradient
    if not note["reached"]:
        yield from _wrong_source(view, note, gradient, asked)
    elif not note["floating"]:
        yield Cause("tape:integer", made, target, (tape, gradient, asked), f"{source.dtype} values have no gradient")
    elif note["kind"] == "array" and any(name for _, name in note["kin"]):
        yield from _wrong_source(view, note, gradient, asked)
    elif note["kind"] == "array":
        yield Cause("tape:array", asked, target, (tape, gradient), ARRAY)
    else:
        yield from _cut(view, note, target)
        yield from _outside(view, note, target, tape, gradient)
        yield from _unseen(view, note, target, (tape, gradient, asked), made)


def _cut(view: View, note: dict, target: Target) -> Iterator[Cause]:
    """Cuts where another call of the tape does answer; a ``stop_gradient`` may then be meant for this one."""
    if note["source"] not in fed(view.record):
        return  # the common causes know
    for cut in (view.record.cuts[bit] for bit in note["cuts"]):
        meant = cut.op == "tf.stop_gradient" or cut.soft and any(not view.record.cuts[bit].soft for bit in note["cuts"])
        for span in view.spans(cut.site) if not meant else ():
            yield Cause(cut.op, span, target, ends=_ends(view, note))


def _outside(view: View, note: dict, target: Target, tape: Span, gradient: Span) -> Iterator[Cause]:
    for when in ("before", "stopped", "after"):
        spans = view.spans(*note["outside"].get(when, ()))
        if spans:
            yield Cause(f"tape:{when}", spans[0], target, (tape, gradient, *spans[1:]), ends=_ends(view, note))


def _unseen(view: View, note: dict, target: Target, places: tuple[Span, Span, Span], made: Span) -> Iterator[Cause]:
    tape = places[0]
    late = view.record.span(note["late"])
    if late is not None:
        yield Cause("tape:late", late, target, places, "what was made before the watch is not recorded")
    elif note["watched"]:
        return
    elif note["kind"] == "variable" and not note["trainable"]:
        yield Cause("variable:frozen", made, target, places)
    elif note["kind"] == "variable":
        yield Cause("tape:not-accessed", tape, target, places)
    elif _was_variable(view, note, target, made):
        yield Cause("variable:rebound", made, target, places, "the name now holds a tensor, not the variable")
    else:
        yield Cause("tape:unwatched", made, target, places, "a tape sees only variables and what it watches")


def _was_variable(view: View, note: dict, target: Target, made: Span) -> bool:
    """Whether ``w = w - rate * g`` bound a variable's name to a tensor."""
    if note["born_inside"]:
        return False
    assignment = view.outline_of(made.path).assignment_at(made)
    if assignment is None:
        return False
    name = target.name.rsplit(".", 1)[-1]
    bound = assignment.target.rsplit(".", 1)[-1]
    if bound != name and not name.startswith(bound + "["):
        return False
    known = any(s.name == target.name and s.op == "tf.Variable" and s.index != note["source"] for s in view.record.sources)
    return known and assignment.target in assignment.names_in_value


def _wrong_source(view: View, note: dict, gradient: Span, asked: Span) -> Iterator[Cause]:
    """Another tensor is asked for than the one that the target was computed from."""
    others = [(view.record.sources[index], name) for index, name in note["kin"] if name]
    for other, name in [pair for pair in others if pair[0].floating][:1]:
        reason = f"the target was computed from {name}, not from what is asked for here"
        places = (*view.spans(note["tape"]), gradient)
        yield Cause("tape:wrong-source", asked, view.target(other, "tape.gradient"), places, reason)
    if not others:
        yield from _parted(view, note)


def _parted(view: View, note: dict) -> Iterator[Cause]:
    """Target and source came out of one and the same call, and both left the framework there."""
    root, source = view.record.roots[note["root"]], view.record.sources[note["source"]]
    asked = next((w for w in view.record.wants if w.site == note["gradient"] and w.source == source.index), None)
    for cut in (view.record.cuts[bit] for bit in sorted(asked.cuts & root.cuts if asked is not None else ())):
        for span in view.spans(cut.site) if not cut.soft and cut.op not in ENTRIES else ():
            ends = (*root.made, note["made"])
            yield Cause(cut.op, span, view.target(source, "tape.gradient"), ends=ends)


def _used_up(view: View, note: dict) -> Iterator[Cause]:
    tape, gradient = view.record.span(note["tape"]), view.record.span(note["site"])
    if tape is None or gradient is None:
        return
    for index in note["sources"]:
        target = view.target(view.record.sources[index], "tape.gradient")
        yield Cause("tape:used-up", gradient, target, (tape,), "a tape that is not persistent answers once")


def _watched_array(view: View, note: dict) -> Iterator[Cause]:
    tape, call = view.record.span(note["tape"]), view.record.span(note["site"])
    asked = view.outline_of(call.path).source_asked(call, note["place"]) if tape is not None and call is not None else None
    if asked is not None and view.record.end.how == "exception" and view.record.end.site == note["site"]:
        target = view.target(view.record.sources[note["source"]], "tape.gradient", view.text(asked))
        yield Cause("tape:array", asked, target, (tape, call), ARRAY)


def _in_place(view: View) -> Iterator[Cause]:
    """``w -= rate * g`` on a variable raises."""
    end = view.record.end
    span = view.record.span(end.site) if end.how == "exception" and IN_PLACE in end.message else None
    name = view.outline_of(span.path).augmented_at(span) if span is not None else None
    for source in view.record.sources if name else ():
        if source.op == "tf.Variable" and source.name.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]:
            yield Cause("variable:in-place", span, view.target(source, "tape.gradient"), reason=end.message.split(". ")[0])
            return


def _ends(view: View, note: dict) -> tuple[int, ...]:
    return view.record.roots[note["root"]].made


def _asserted(view: View, note: dict) -> bool:
    """Whether the program itself asserts that this gradient is None: then nobody misses it."""
    span = view.record.span(note["gradient"])
    return span is not None and view.outline_of(span.path).asserts_none_of(span)
