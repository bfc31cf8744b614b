"""Parameters that are frozen while the program's own words say that they are to be trained."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from autofix.find.causes import held
from autofix.find.record import Root
from autofix.find.view import Cause, View

NO_GRAD = "does not require grad"


def causes(view: View) -> Iterator[Cause]:
    yield from _flagged(view)
    yield from _pretrained(view)
    yield from _left_on(view)
    yield from _idle(view)


def _flagged(view: View) -> Iterator[Cause]:
    """``module.requires_grad = True`` sets an attribute that nothing looks at."""
    for note in view.record.notes:
        if note["what"] != "module-flag":
            continue
        for source in (view.record.sources[i] for i in note["sources"]):
            if not source.requires_grad and view.root_of(source.index) is not None:
                for span in view.spans(note["site"]):
                    yield Cause("module:flag", span, view.target(source, "leaf"))


def _pretrained(view: View) -> Iterator[Cause]:
    """``Embedding.from_pretrained`` freezes by default: certain where its weight has an optimizer group of its own,
    or where the program looks at its gradient."""
    alone = _whole_groups(view)
    for source in view.record.sources:
        if source.requires_grad or not source.parameter or view.root_of(source.index) is None:
            continue
        wanted = source.index in alone or source.name in view.outline.gradients_read
        for span in view.spans(source.site) if wanted else ():
            if ".from_pretrained(" in view.text(span) and "freeze" not in view.text(span):
                yield Cause("leaf:frozen", span, view.target(source, "leaf"))


def _whole_groups(view: View) -> set[int]:
    """The sources that make up optimizer groups in which nothing requires a gradient."""
    groups = defaultdict(list)
    for note in view.record.notes:
        if note["what"] == "optimizer":
            groups[note["group"]].append(note)
    return {n["source"] for notes in groups.values() if not any(n["requires_grad"] for n in notes) for n in notes}


def _left_on(view: View) -> Iterator[Cause]:
    """A backward pass fails since all that its optimizer holds was frozen earlier.

    Not where a raw tensor of a module is what should be trained beside the frozen part (a prompt, low-rank factors).
    """
    if any(cause.op.startswith("module:") for cause in held.causes(view)):
        return
    frozen = {n["source"]: n["site"] for n in view.record.notes if n["what"] == "frozen"}
    optimizers = [n for n in view.record.notes if n["what"] == "optimizer"]
    for root in view.record.roots:
        if NO_GRAD not in root.error:
            continue
        for note in optimizers:
            index = note["source"]
            source = view.record.sources[index]
            if index in root.data and index in frozen and source.parameter and not source.requires_grad:
                yield from _thaw(view, root, note, frozen[index])


def _thaw(view: View, root: Root, note: dict, site: int) -> Iterator[Cause]:
    target = view.target(view.record.sources[note["source"]], "optimizer")
    for span in view.spans(site):
        yield Cause("leaf:frozen", span, target, view.spans(note["site"], root.site), ends=root.made)


def _idle(view: View) -> Iterator[Cause]:
    """An optimizer steps, and at every step all that it holds is frozen: it trains nothing.

    Not where the program thaws something later on (a warm-up, two players that take turns).
    """
    record = view.record
    frozen = {n["source"]: n["site"] for n in record.notes if n["what"] == "frozen"}
    stepped = {n["optimizer"] for n in record.notes if n["what"] == "stepped"}
    held = defaultdict(list)
    for note in record.notes:
        if note["what"] == "optimizer":
            held[note["group"].split("/")[0]].append(note)
    for optimizer in stepped & held.keys() if not _thaws(view.outline.tree) else ():
        sources = {n["source"] for n in held[optimizer]}
        steps = [w for w in record.wants if w.how == "optimizer" and w.source in sources and w.root >= 0]
        if not steps or any(w.requires_grad for w in steps) or not sources <= frozen.keys():
            continue
        for note in held[optimizer]:
            root = view.root_of(note["source"])
            if root is not None and record.sources[note["source"]].parameter:
                yield from _thaw(view, root, note, frozen[note["source"]])


def _thaws(tree: ast.Module) -> bool:
    """Whether a statement switches ``requires_grad`` on, or to what a variable says."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute) and call.func.attr == "requires_grad_":
                given = [*call.args, *(k.value for k in call.keywords)]
                if not given or not _is_false(given[0]):
                    return True
        elif isinstance(node, ast.Assign) and not _is_false(node.value) and any(map(_is_flag, node.targets)):
            return True
    return False


def _is_flag(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "requires_grad"


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
