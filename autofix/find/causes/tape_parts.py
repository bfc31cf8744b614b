"""A source gets a gradient from its tape, and lacks a part of it: a factor or a term was computed outside TensorFlow.

``amplitude * np.exp(-rate * t)`` with both learnt, ``x * math.sin(x)``: numpy gives an array without a word, TensorFlow
takes it back, and one part of the derivative is missing in silence. What the program takes out by name (``.numpy()``,
``float``) it may mean to hold still, unless it only adds it to the loss: a constant there says nothing to anybody. Nor
does a penalty on a derivative that was taken before the tape opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autofix.find.causes.partial import STOPPED_ON_PURPOSE
from autofix.find.view import Cause, View
from autofix.model import Span

UNASKED = re.compile(r"tf:(numpy|math)\.")
"""What leaves TensorFlow without the program's saying so."""
LEFT = re.compile(r"tf:|tf\.Tensor\.numpy$|tf\.(numpy|py)_function$")
BALANCE = re.compile(r"balance|scale|norm|adapt|irls|robust|detach|const", re.I)


def causes(view: View) -> Iterator[Cause]:
    for note in view.record.notes:
        if note["what"] in ("part cut", "part before"):
            root = view.record.roots[note["root"]]
            if root.how != "inner" and not root.error:
                yield from (_cut if note["what"] == "part cut" else _before)(view, note)


def _cut(view: View, note: dict) -> Iterator[Cause]:
    root, cut = view.record.roots[note["root"]], view.record.cuts[note["cut"]]
    if cut.soft or not (LEFT if note["added"] else UNASKED).match(cut.op):
        return
    for span in view.spans(cut.site):
        if not _on_purpose(view, span, note["added"]):
            for source in (view.record.sources[index] for index in note["sources"]):
                yield Cause(cut.op, span, view.target(source, "term"), view.spans(root.site), ends=root.made, partial=True)


def _before(view: View, note: dict) -> Iterator[Cause]:
    """A penalty on a derivative that was computed before the tape opened."""
    root, spans, places = view.record.roots[note["root"]], view.spans(*note["outside"]), view.spans(note["tape"], note["gradient"])
    for source in (view.record.sources[index] for index in note["sources"] if spans and len(places) == 2):
        yield Cause("tape:before", spans[0], view.target(source, "term"), (*places, *spans[1:]), ends=root.made, partial=True)


def _on_purpose(view: View, span: Span, added: bool) -> bool:
    """The words around it speak of something that is held still."""
    lines = "\n".join(view.outline_of(span.path).text.split("\n")[span.line - 1 : span.end_line])
    return bool(STOPPED_ON_PURPOSE.search(lines) or not added and BALANCE.search(lines))
