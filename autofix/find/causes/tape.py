"""A gradient tape was asked and had nothing to give: it never saw the source, or not what was made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autofix.find.causes.tape_parts import is_asserted, is_held, spared
from autofix.find.record import Source
from autofix.find.starved import fed
from autofix.find.view import Cause, View
from autofix.model import Span, Target

IN_PLACE = "` with `tf.Variable`s is not supported"
ENTRIES = ("tf.Variable", "tf.Variable.assign", "tf.constant")
ARRAY = "an array is no tensor: a tape cannot watch it"
WEIGHT = "one of Keras's variables is no tf.Variable, it holds one as its value: a tape cannot watch it"
USED_UP = "can only be used to compute one set of gradients"


def causes(view: View) -> Iterator[Cause]:
    answered = {(w.site, w.source) for w in view.record.wants if w.satisfied}
    for note in view.record.notes:
        if note["what"] == "tape" and (note["gradient"], note["source"]) not in answered and not is_asserted(view, note):
            source = view.record.sources[note["source"]]
            yield from _one(view, note, source, view.target(source, "tape.gradient"))
        elif note["what"] == "reused tape":
            yield from _used_up(view, note)
        elif note["what"] in ("watched array", "watched weight"):
            yield from _watched_by_mistake(view, note)
        elif note["what"] == "asked number":
            yield from _number(view, note)
        elif note["what"] == "nothing asked":
            yield from _taken_early(view, note)
    yield from _in_place(view)


def _one(view: View, note: dict, source: Source, target: Target) -> Iterator[Cause]:
    tape, gradient = view.record.span(note["tape"]), view.record.span(note["gradient"])
    if tape is None or gradient is None or USED_UP in note["error"] or is_held(view, note):
        return
    asked = view.outline_of(gradient.path).source_asked(gradient, note["place"]) or gradient
    made = view.record.span(note["made"]) or gradient
    copied = any(name for _, name in note["kin"])
    if not note["floating"] and note["reached"]:
        yield Cause("tape:integer", made, target, (tape, gradient, asked), f"{source.dtype} values have no gradient")
    elif note["kind"] == "array" and not copied:
        yield Cause("tape:array", asked, target, (tape, gradient), ARRAY)
    elif note["kind"] == "array" or not note["reached"]:
        yield from _wrong_source(view, note, gradient, asked)
        yield from _written_twice(view, note, target, (tape, gradient, asked), made)
        if note["double"]:
            reason = "the target was computed by another call, which computed the same once more"
            yield Cause("tape:computed-twice", made, target, (tape, gradient, asked), reason)
    else:
        yield from _cut(view, note, target)
        yield from _outside(view, note, target, tape, gradient)
        yield from _unseen(view, note, target, (tape, gradient, asked), made)


def _cut(view: View, note: dict, target: Target) -> Iterator[Cause]:
    """Cuts where another call of the tape does answer; a ``stop_gradient`` may then be meant for this one."""
    if note["source"] not in fed(view.record):
        return  # the common causes know
    root = view.record.roots[note["root"]]
    for cut in (view.record.cuts[bit] for bit in note["cuts"] if bit not in spared(view, view.record.sources[note["source"]], root)):
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


def _written_twice(view: View, note: dict, target: Target, places: tuple[Span, ...], made: Span) -> Iterator[Cause]:
    """The target was computed from a constant that is written like the one that is asked for, and from no other tensor
    that has a name: equal numbers are not the same tensor."""
    sources = [view.record.sources[index] for index in view.record.roots[note["root"]].data]
    for other in sources if not any(source.name for source in sources) else ():
        for span in view.spans(other.site):
            if other.op == "tf.constant" and span != made and view.text(span) == view.text(made):
                yield Cause("tape:written-twice", span, target, places, "this is another tensor than the one that is asked for")


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


def _taken_early(view: View, note: dict) -> Iterator[Cause]:
    """``weights = model.trainable_variables`` before the model has any: an empty list is asked for."""
    call, root = view.record.span(note["site"]), view.record.roots[note["root"]]
    outline = view.outline_of(call.path) if call is not None else None
    asked = outline.source_asked(call, 0) if outline is not None else None
    name = view.text(asked) if asked is not None else ""
    if not name.isidentifier() or not re.search(rf"^\s*{name}\s*=.*\.trainable_(variables|weights)\s*$", outline.text, re.M):
        return
    for source in (view.record.sources[index] for index in sorted(root.data)):
        if source.owner == "parameter" and source.trainable and source.floating:
            reason = "the list was taken when the model had no weights yet, and is empty"
            yield Cause("tape:taken-early", asked, view.target(source, "tape.gradient"), (call,), reason)


def _number(view: View, note: dict) -> Iterator[Cause]:
    tape, call = view.record.span(note["tape"]), view.record.span(note["site"])
    asked = view.outline_of(call.path).source_asked(call, note["place"]) if tape is not None and call is not None else None
    if asked is not None:
        target = view.target(view.record.sources[note["source"]], "tape.gradient", view.text(asked))
        yield Cause("tape:number", asked, target, (tape, call), "a number of Python's is no tensor, and no tape knows it")


def _watched_by_mistake(view: View, note: dict) -> Iterator[Cause]:
    """What no tape takes: an array, one of Keras's variables, or a list of those by its name."""
    tape, call = view.record.span(note["tape"]), view.record.span(note["site"])
    outline = view.outline_of(call.path) if tape is not None and call is not None else None
    asked = outline.source_asked(call, note["place"]) if outline is not None else None
    if asked is not None and view.record.end.how == "exception" and view.record.end.site == note["site"]:
        target = view.target(view.record.sources[note["source"]], "tape.gradient", view.text(asked))
        if note["what"] == "watched array":
            yield Cause("tape:array", asked, target, (tape, call), ARRAY)
        else:
            listed = note["several"] and asked == outline.source_asked(call, note["place"] + 1)
            yield Cause("tape:keras-variables" if listed else "tape:keras-variable", asked, target, (tape, call), WEIGHT)


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
