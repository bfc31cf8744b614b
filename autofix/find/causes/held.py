"""A module holds weights where ``parameters()`` does not find them: in a raw tensor, in a plain list or dict."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autofix.find.holder import Attribute
from autofix.find.record import Source
from autofix.find.starved import Starved, fed, optimized, starved
from autofix.find.view import Cause, View
from autofix.model import Target

MAKERS = re.compile(r"torch\.(Tensor\.)?(randn|rand|linspace|zeros|ones|full|empty|eye|normal|tensor|randn_like|zeros_like|ones_like|FloatTensor|Tensor|nn\.Parameter|new_\w+)$")
OTHERS = re.compile(r"teacher|target|frozen|vgg|pretrained|reference|snapshot|lagging|perceptual|(^|_)(ema|old|critic|ref)(_|s|$)", re.I)
NO_PARAMETERS = "empty parameter list"


def causes(view: View) -> Iterator[Cause]:
    hungry = {s.source.index: s for s in starved(view.record, view.outline.gradients_read)}
    for note in view.record.notes:
        if note["what"] == "held":
            family = _raw if note["kind"] == "tensor" else _container
            yield from family(view, note, hungry)


# -- raw tensors ----------------------------------------------------------------------------------


def _raw(view: View, note: dict, hungry: dict[int, Starved]) -> Iterator[Cause]:
    attribute = _attribute(view, note)
    if attribute is None or attribute.span is None:
        return
    how = _missed_with_graph(view, note, attribute) if note["requires_grad"] else _missed(view, note, attribute, hungry)
    if how is not None:
        name = note["name"] or _name(view, note["sources"][0]) or note["attribute"]
        yield Cause("module:raw-tensor", attribute.span, Target(name, how, attribute.span))


def _missed_with_graph(view: View, note: dict, attribute: Attribute) -> str | None:
    """It asks for a gradient, and no optimizer will use it; or it is no leaf, made of a parameter that nobody has."""
    record = view.record
    data = set(note["data"])
    if len(note["sites"]) > 1 or data & optimized(record) or not attribute.in_builder or OTHERS.search(note["attribute"]):
        return None
    if not note["leaf"] and not _made_here(view, data, attribute):
        return None
    if optimized(record) and any(data & fed(record) & set(root.data) for root in record.roots) or _refused(view):
        return "optimizer"
    asked = any(w.how == "read" and w.made == note["made"] for w in record.wants)
    return "read" if not note["leaf"] and asked else None


def _made_here(view: View, data: set[int], attribute: Attribute) -> bool:
    """Its leaf was born inside the assigned expression, so that nobody else can hold it."""
    live = [view.record.sources[i] for i in data if view.record.sources[i].requires_grad]
    return bool(live) and all(
        (span := view.record.span(source.site)) is not None and attribute.span.contains(span) for source in live
    )


def _missed(view: View, note: dict, attribute: Attribute, hungry: dict[int, Starved]) -> str | None:
    """It does not ask for a gradient: is it a weight all the same?"""
    record, index = view.record, note["sources"][0]
    if len(note["sites"]) > 1 or note["changed"] or any(n["changed"] for n in _again(view, note)):
        return None
    derived = len(note["data"]) > 1 and record.sources[index].op == "torch.Tensor"
    if not all(MAKERS.match(record.sources[i].op) or derived and i == index for i in note["data"]):
        return None
    source = record.sources[index]
    if not source.floating:
        return None
    on_the_way = any(index in root.data for root in record.roots)
    if index in hungry and hungry[index].how != "leaf" and on_the_way:
        return hungry[index].how
    if on_the_way and _read_later(view, source) and attribute.may_be_weight():
        return "leaf"
    if on_the_way and _nothing_asks(view, index) and attribute.may_be_weight():
        return "leaf"
    if _refused(view) and attribute.may_be_weight():
        return "optimizer"
    if on_the_way and optimized(record) and attribute.looks_like_weight():
        return "optimizer"
    return None


def _again(view: View, note: dict) -> list[dict]:
    return [n for n in view.record.notes if n["what"] == "held" and n["sources"] == note["sources"] and n["attribute"] == note["attribute"]]


def _read_later(view: View, source: Source) -> bool:
    """The run ended before, but the source reads its ``.grad``."""
    return bool(source.name) and source.name in view.outline.gradients_read


def _nothing_asks(view: View, index: int) -> bool:
    """The root that it leads to has nothing that requires a gradient: without this weight there is nothing to train."""
    roots = [root for root in view.record.roots if index in root.data]
    return all(
        root.error
        and not root.requires_grad
        and not any(index in view.record.cuts[cut].data for cut in root.cuts)
        and not any(view.record.sources[i].requires_grad for i in root.data)
        for root in roots
    )


def _refused(view: View) -> bool:
    return any(n["what"] == "refused" and NO_PARAMETERS in n["message"] for n in view.record.notes)


# -- lists, tuples and dicts ----------------------------------------------------------------------


def _container(view: View, note: dict, hungry: dict[int, Starved]) -> Iterator[Cause]:
    held = optimized(view.record)
    missing = [view.record.sources[i] for i in note["sources"] if i >= 0 and i not in held]
    if not missing or OTHERS.search(note["attribute"]) or not all(s.floating for s in missing):
        return
    trained = _refused(view) or held and all(_came_back(view, s) for s in missing if s.requires_grad)
    unseen = not held and note["items"] == "tensor" and any(s.index in hungry for s in missing)
    attribute = _attribute(view, note)
    weights = attribute is not None and note["items"] == "tensor" and held and _are_weights(note, missing, attribute)
    live = [s for s in missing if s.requires_grad or s.index in hungry or weights]
    if not (trained or unseen) or not live or attribute is None or attribute.span is None or not _builds(attribute):
        return
    for source in live:
        if _refused(view) or any(source.index in root.data for root in view.record.roots):
            yield Cause("module:list", attribute.span, view.target(source, "optimizer" if held or _refused(view) else "leaf"), reason=note["items"])


def _are_weights(note: dict, sources: list[Source], attribute: Attribute) -> bool:
    """Raw tensors that by name, start value and use can be nothing but weights."""
    made = all(MAKERS.match(source.op) for source in sources)
    return made and len(note["sites"]) == 1 and not note["changed"] and attribute.looks_like_weight()


def _came_back(view: View, source: Source) -> bool:
    """A gradient reaches it whenever its data is in a loss."""
    roots = [root for root in view.record.roots if source.index in root.data and root.how != "inner"]
    return not roots or any(source.index in root.gradients and root.gradients[source.index] is not None for root in roots)


def _builds(attribute: Attribute) -> bool:
    """The module makes the items itself; what it is handed from outside may be trained, or left alone, by others."""
    given = {a.arg for a in attribute.function.args.args} if attribute.function is not None else set()
    makers = [attribute.value, *_additions(attribute)]
    return any(_makes(maker, given) for maker in makers)


def _additions(attribute: Attribute) -> list[ast.expr]:
    """What is appended to the attribute, or to the local name that was assigned to it."""
    found = []
    names = {f"self.{attribute.name}"}
    if isinstance(attribute.value, ast.Name):
        names.add(attribute.value.id)
    scope = attribute.owner or attribute.outline.tree
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "extend", "insert", "update", "setdefault"):
            if ast.unparse(node.func.value) in names:
                found += node.args
        elif isinstance(node, ast.AugAssign) and ast.unparse(node.target) in names:
            found.append(node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                held = target.value if isinstance(target, ast.Subscript) else target
                if ast.unparse(held) in names:
                    found.append(node.value)
    named = {n.id for n in found if isinstance(n, ast.Name)}
    if named:
        found += [n.value for n in ast.walk(scope) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) in named]
    return found


def _makes(node: ast.expr, given: set[str]) -> bool:
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        head = call.func
        while isinstance(head, (ast.Attribute, ast.Call)):
            head = head.value if isinstance(head, ast.Attribute) else head.func
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if isinstance(head, ast.Name) and head.id in given - {"self"} and isinstance(call.func, ast.Attribute):
            continue
        if name and name not in ("list", "tuple", "dict", "zip", "range", "enumerate", "eval", "to", "items", "keys", "values", "len", "reversed", "sorted"):
            return True
    return False


# -- both -----------------------------------------------------------------------------------------


def _attribute(view: View, note: dict) -> Attribute | None:
    span = view.record.span(note["site"])
    return None if span is None else Attribute(view.outline_of(span.path), span, note["attribute"])


def _name(view: View, index: int) -> str:
    return view.record.sources[index].name if index >= 0 else ""
