"""A source gets a gradient from its tape, and lacks a part of it: a factor or a term was computed outside TensorFlow.

``amplitude * np.exp(-rate * t)`` with both learnt, ``x * math.sin(x)``: numpy gives an array without a word, TensorFlow
takes it back, and one part of the derivative is missing in silence. What the program takes out by name (``.numpy()``,
``float``) it may mean to hold still, unless it only adds it to the loss: a constant there says nothing to anybody. Nor
does a penalty on a derivative that was taken before the tape opened.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autofix.find.causes.partial import STOPPED_ON_PURPOSE
from autofix.find.record import Cut, Record, Root, Source, reached
from autofix.find.view import Cause, View
from autofix.model import Span
from autofix.source import parsed

UNASKED = re.compile(r"tf:(numpy|math)\.")
"""What leaves TensorFlow without the program's saying so."""
STOP = "tf.stop_gradient"
LEFT = re.compile(r"tf:|tf\.Tensor\.numpy$|tf\.(numpy|py)_function$")
STOPPED_HERE = re.compile(r"([\w.]+\(\s*)?[\w.]*stop_gradient\(")
STANDS_STILL = re.compile(r"target|teacher|frozen|momentum|reference|anchor|(^|_)(ema|old)(_|\b)", re.I)
BALANCE = re.compile(r"balance|scale|norm|adapt|irls|robust|detach|const", re.I)


def causes(view: View) -> Iterator[Cause]:
    for note in view.record.notes:
        if note["what"] in ("part cut", "part before"):
            root = view.record.roots[note["root"]]
            if root.how != "inner" and not root.error:
                yield from (_cut if note["what"] == "part cut" else _before)(view, note)


def spared(view: View, source: Source, root: Root) -> frozenset[int]:
    """Cuts that are not to blame for a source that starves: they lie on none of its ways, or stop some of its ways only
    and may be meant, beside one that stops them all, or beside a summand of the loss that nobody means to be a constant."""
    for note in view.record.notes:
        if note["what"] == "tape" and (note["source"], note["root"]) == (source.index, root.index):
            return root.cuts if is_asserted(view, note) or is_held(view, note) else (root.cuts - set(note["cuts"])) | _meant(view, note)
    return frozenset()


def is_asserted(view: View, note: dict) -> bool:
    """Whether the program itself asserts that this gradient is None: then nobody misses it."""
    span = view.record.span(note["gradient"])
    return span is not None and view.outline_of(span.path).asserts_none_of(span)


def is_held(view: View, note: dict) -> bool:
    """Whether a source is stopped by name in any case, and nobody misses its gradient: its own name says so (a target
    network), or something else starves it together with others that are not stopped."""
    if STANDS_STILL.search(view.record.sources[note["source"]].name) and _is_stopped(view, note):
        return True
    alike = [n for n in view.record.notes if n["what"] == "tape" and n["root"] == note["root"]]
    common = frozenset.intersection(*(frozenset(n["whole"]) for n in alike))
    others = common or any(view.record.cuts[bit].op != STOP for bit in note["whole"])
    starved = note["outside"] or not note["watched"] or others
    return bool(starved) and _is_stopped(view, note, common) and not all(_is_stopped(view, n, common) for n in alike)


def _is_stopped(view: View, note: dict, but: frozenset[int] = frozenset()) -> bool:
    """Whether stop-gradients alone (but these) would keep all gradient from it."""
    whole = set(note["whole"])
    stops = {bit for bit in note["cuts"] if view.record.cuts[bit].op == STOP} - but
    return bool(stops & whole) or bool(stops) and not note["beside"] and stops == set(note["cuts"]) - whole


def _meant(view: View, note: dict) -> frozenset[int]:
    cuts = [view.record.cuts[bit] for bit in note["cuts"]]
    added, enough = set(note["added"]), set(note["enough"])
    partly = frozenset(note["cuts"]) - set(note["whole"])
    blamed = {cut.index for cut in cuts if _is_mistake(view, cut, cut.index in added)}
    if not blamed & enough and any(_is_straight_through(view, cut) for cut in cuts):
        return partly
    others = partly if blamed & added & enough else note["beside"]
    return frozenset(bit for bit in others if bit not in blamed and _may_be_meant(view, view.record.cuts[bit]))


def _may_be_meant(view: View, cut: Cut) -> bool:
    """A stop by name may; what leaves TensorFlow, where the words around it say so."""
    return not LEFT.match(cut.op) or any(_on_purpose(view, span, False) for span in view.spans(cut.site))


def aside(record: Record) -> frozenset[int]:
    """The sites of cuts that lie on no target's way: what comes of them only chooses (an action that was drawn)."""
    on_a_way = {index for root in record.roots for index in root.cuts}
    taped = any(root.how == "tape" for root in record.roots)
    return frozenset(cut.site for cut in record.cuts if taped and cut.index not in on_a_way)


def _is_mistake(view: View, cut: Cut, added: bool) -> bool:
    if cut.op == STOP:
        return added and not any(_of_a_difference(view.text(span)) for span in view.spans(cut.site))
    left = not cut.soft and (LEFT if added else UNASKED).match(cut.op)
    return bool(left) and not all(_on_purpose(view, span, added) for span in view.spans(cut.site))


def _is_straight_through(view: View, cut: Cut) -> bool:
    """``a + tf.stop_gradient(b - a)``, with ``b``'s numbers and ``a``'s gradient: nobody writes that by mistake."""
    for span in view.spans(cut.site) if cut.op == STOP else ():
        outline = view.outline_of(span.path)
        for node in outline.around(span):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                sides = {outline.span(side): side for side in (node.left, node.right)}
                stopped = sides.pop(span, None)
                if stopped is not None and _of_a_difference(view.text(span)) and any(ast.dump(stopped.args[0].right) == ast.dump(side) for side in sides.values()):
                    return True
    return False


def _of_a_difference(text: str) -> bool:
    """``tf.stop_gradient(b - a)``, of which ``a + ...`` makes a straight-through estimator."""
    try:
        node = parsed(text.strip(), "eval").body
    except SyntaxError:
        return False
    inner = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub)


def _cut(view: View, note: dict) -> Iterator[Cause]:
    root, cut = view.record.roots[note["root"]], view.record.cuts[note["cut"]]
    if cut.op == STOP or not _is_mistake(view, cut, note["added"]) or _becomes_a_constant(view, cut):
        return
    parts = [n for n in view.record.notes if n["what"] == "part cut" and n["root"] == root.index]
    blamed = {n["cut"] for n in parts if _is_mistake(view, view.record.cuts[n["cut"]], n["added"])}
    others = (view.record.cuts[bit] for bit in root.cuts - blamed)
    kept = frozenset(other.site for other in others if _may_be_meant(view, other)) | aside(view.record)
    for span in view.spans(cut.site):
        for source in (view.record.sources[index] for index in note["sources"]):
            target = view.target(source, "term")
            yield Cause(cut.op, span, target, view.spans(root.site), ends=root.made, partial=True, kept=kept - {cut.site})


def _becomes_a_constant(view: View, cut: Cut) -> bool:
    """Whether ``float(...)`` makes something that is held still (a moving average) of the value, further on: then nobody
    can tell which of its ways was to teach."""
    further = reached([cut.site], view.record.after) - {cut.site}
    made = {step["site"] for step in view.record.raw_steps if step["op"] in ("float", "numpy.ndarray.item")} & further
    return any(_on_purpose(view, span, False) for span in view.spans(*made))


def _before(view: View, note: dict) -> Iterator[Cause]:
    """A penalty on a derivative that was computed before the tape opened."""
    root, spans, places = view.record.roots[note["root"]], view.spans(*note["outside"]), view.spans(note["tape"], note["gradient"])
    for source in (view.record.sources[index] for index in note["sources"] if spans and len(places) == 2):
        yield Cause("tape:before", spans[0], view.target(source, "term"), (*places, *spans[1:]), ends=root.made, partial=True)


def _on_purpose(view: View, span: Span, added: bool) -> bool:
    """The words around it speak of something that is held still."""
    lines = "\n".join(view.outline_of(span.path).text.split("\n")[span.line - 1 : span.end_line])
    if STOPPED_HERE.match(view.text(span)):
        return True
    lines = lines.replace("stop_gradient", "")  # of another value
    return bool(STOPPED_ON_PURPOSE.search(lines) or not added and BALANCE.search(lines))
