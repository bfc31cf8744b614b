"""A term of the loss lost its graph: it weighs in and teaches nothing, while the other terms train.

``loss = mse + 0.1 * float(penalty)``: to add a constant to a loss says nothing to any weight, so nobody means it. What
is added to and taken away from the same value again (a stop-gradient trick) is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autofix import effects
from autofix.find import modes
from autofix.find.record import Cut, Record, Root, is_gradient
from autofix.find.starved import optimized
from autofix.find.view import Cause, View
from autofix.model import Span
from autofix.source import parsed

ON_PURPOSE = re.compile(r"target|teacher|baseline|stop|frozen|detached|monitor|straight", re.I)
LINEAR = effects.ADDITIONS | frozenset(
    "rmul mul div true_divide truediv neg positive sum mean stack cat hstack concat squeeze reshape view item unsqueeze flatten".split()
)
OTHERS = ("grad", "sample", "multinomial", "bernoulli", "randint")
"""Draws, and inner derivatives (``causes/penalty.py`` knows those)."""
CHOOSES = re.compile(
    r"\.(_*([gl][te]|eq|ne)_*|greater\w*|less\w*|(not_)?equal|arg\w+|round|sign|floor|ceil|long|bool|int|one_hot|topk|__int__)$"
)


def causes(view: View) -> Iterator[Cause]:
    record = view.record
    notes = [note for note in record.notes if note["what"] == "summand"]
    for root in record.roots if notes else ():
        if not root.requires_grad or root.error or root.how == "inner":
            continue
        for note in notes:
            if _leads_straight(record, note["site"], root):
                yield from _lost(view, note, root)


def _lost(view: View, note: dict, root: Root) -> Iterator[Cause]:
    record = view.record
    for cut in _to_blame(view, [record.cuts[index] for index in note["cuts"] if index in root.cuts]):
        if _on_purpose(view, cut, note):
            return
        for index in sorted(cut.data & root.data & _of_interest(record, root)):
            source = record.sources[index]
            if not source.requires_grad or not is_gradient(root.gradients.get(index)):
                continue
            switched = modes.places(view, cut)
            way = modes.led_there(view, cut, index) if switched else view.spans(root.site)
            for span in switched or view.spans(cut.site):
                yield Cause(cut.op, span, view.target(source, "term"), way, ends=root.made, partial=True, site=cut.site)


def _to_blame(view: View, cuts: list[Cut]) -> Iterator[Cut]:
    """The last cuts back to where there was a graph, and what stands on the same lines. What was lost before (an
    anchor, an old weight) stays as it is."""
    blamed: list[Span] = []
    for cut in cuts:
        if cut.soft or cut.op.rsplit(".", 1)[-1] in OTHERS or CHOOSES.search(cut.op):
            return
        spans = view.spans(cut.site)
        if not blamed or any(_on_its_lines(span, one) for one in blamed for span in spans):
            yield cut
        if cut.live:
            blamed.extend(spans)


def _on_its_lines(span: Span, other: Span) -> bool:
    return span.path == other.path and other.line <= span.line <= other.end_line


def _of_interest(record: Record, root: Root) -> frozenset[int]:
    """What an optimizer steps on after this root (holds, where the run ended before), and what the program reads."""
    read = {want.source for want in record.wants if want.how == "read" and want.root >= 0}
    stepped = {want.source for want in record.wants if want.how == "optimizer" and want.root == root.index}
    return frozenset(read | (stepped or optimized(record)))


def _on_purpose(view: View, cut: Cut, note: dict) -> bool:
    """Its name says so, or what is detached is the other summand itself, a difference from it, or another loss."""
    for span in view.spans(cut.site):
        lines = view.outline_of(span.path).text.split("\n")[span.line - 1 : span.end_line]
        if ON_PURPOSE.search("\n".join(lines)) or cut.op in effects.STOPS and _of_a_difference(view.text(span)):
            return True
    made = {site for step in view.record.raw_steps if step["site"] == cut.site for site in step["before"]}
    trained = {site for root in view.record.roots for site in root.made}  # by a backward pass of its own
    return bool(made & (trained | set(note["beside"])))


def _of_a_difference(text: str) -> bool:
    """``(b - a).detach()``"""
    try:
        node = parsed(text.strip(), "eval").body
    except SyntaxError:
        return False
    if isinstance(node, ast.Call):
        node = node.func
    inner = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub)


def _leads_straight(record: Record, site: int, root: Root) -> bool:
    """From the sum on to the root there are sums and factors only."""
    after = record.steps_after
    waiting, seen = [site], {site}
    while waiting:
        at = waiting.pop()
        if at in root.made:
            return True
        for step in after.get(at, ()):
            linear = effects.short(step["op"]) in LINEAR
            if linear and step["site"] not in seen:
                seen.add(step["site"])
                waiting.append(step["site"])
    return False
