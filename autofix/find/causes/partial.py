"""A target gets a gradient on one way, and whole slices of it get exactly none: what they do was cut off.

``log_var = output[:, 1].detach()``: the layer learns by its other column, and the row that makes this one never does.
Only slices of an output (rows of a layer's weight and of its bias alike, columns of a leaf) are told, and never
where names say that the gradient is stopped on purpose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autofix import effects
from autofix.find import modes
from autofix.find.record import Cut, Root, Source, is_gradient
from autofix.find.view import Cause, View
from autofix.source import parsed

STOPPED_ON_PURPOSE = re.compile(
    r"target|teacher|next|advantage|baseline|rewards?\b|returns?\b|ema\b|momentum|stop|frozen|anchor|\bold|_old|pseudo|weights?\b|"
    r"temperature|confidence|mask|metric|acc\b|accuracy|log_?prob|goal|bootstrap|gamma|straight|quanti|hard|codebook|priorit|score\b",
    re.I,
)
STOPS = effects.STOPS | {"torch.no_grad"}


def causes(view: View) -> Iterator[Cause]:
    roots = [root for root in view.record.roots if root.how != "inner" and root.requires_grad and not root.error]
    for source in view.record.sources:
        fed = [root for root in roots if is_gradient(root.gradients.get(source.index))]
        if not fed or not source.floating or not _always_dead(view, source, fed):
            continue
        for cut in (view.record.cuts[i] for i in sorted(fed[0].cuts)):
            if cut.op in STOPS and not _of_a_forward_pass(view, cut) and not cut.soft and source.index in cut.data and all(cut.index in root.cuts for root in fed):
                yield from _partial(view, cut, source, fed[0])


def _always_dead(view: View, source: Source, fed: list[Root]) -> bool:
    """The same slices get nothing in every backward pass, and they are an output's."""
    dead = [root.gradients[source.index].get("dead") or [[]] for root in fed]
    if any(one != dead[0] for one in dead):
        return False
    rows, columns = dead[0][0], dead[0][-1] if len(dead[0]) > 1 else []
    if source.owner == "parameter" and source.name.endswith((".weight", ".bias", "weight", "bias")):
        return bool(rows) and _mate_dead_too(view, source, fed[0], rows) and not _silent_unit(view, source, fed[0], rows)
    return bool(columns) and source.owner == "name" and not source.parameter


def _mate_dead_too(view: View, source: Source, root: Root, rows: list[int]) -> bool:
    """A unit that makes no difference has neither a weight's nor a bias's gradient; an unused row of a table has no bias."""
    stem, _, last = source.name.rpartition(".")
    mate = f"{stem}.{'bias' if last == 'weight' else 'weight'}"
    for other in view.record.sources:
        sketch = root.gradients.get(other.index)
        if other.name == mate and sketch is not None:
            return rows == (sketch.get("dead") or [[]])[0]
    return False


def _silent_unit(view: View, source: Source, root: Root, rows: list[int]) -> bool:
    """Units that an activation switched off: the next layer's weights have no gradient for them either."""
    for index, sketch in root.gradients.items():
        shape = view.record.sources[index].shape
        if len(shape) > 1 and source.shape[0] in shape[1:] and (shape[-1] != source.shape[0] or set(rows) <= set((sketch.get("dead") or [[]])[-1])):
            return True
    return False


def _partial(view: View, cut: Cut, source: Source, root: Root) -> Iterator[Cause]:
    target = view.target(source, "partial")
    switched = modes.places(view, cut) if cut.op == "torch.no_grad" else []
    way = modes.led_there(view, cut, source.index) if switched else ()
    for span in switched or view.spans(cut.site):
        if not STOPPED_ON_PURPOSE.search(_around(view, span)):
            yield Cause(cut.op, span, target, way, ends=root.made, partial=True, site=cut.site)


def _of_a_forward_pass(view: View, cut: Cut) -> bool:
    """A network that is called there, or copied, is a target or a teacher: its whole answer is held still on purpose."""
    for span in view.spans(cut.site):
        try:
            tree = parsed(view.text(span).strip(), "eval")
        except SyntaxError:
            return True
        if any(_calls_a_network(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)):
            return True
    return False


def _calls_a_network(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in ("deepcopy", "forward") or isinstance(function.value, ast.Name) and function.value.id == "self"
    return not (isinstance(function, ast.Name) and function.id in ("sum", "max", "min", "abs", "len", "float", "zip", "enumerate"))


def _around(view: View, span) -> str:
    """The lines it stands on."""
    return "\n".join(view.outline_of(span.path).text.split("\n")[span.line - 1 : span.end_line])
