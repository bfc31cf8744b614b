"""A hook on a gradient gives back zeros: all that is upstream of it gets nothing."""

from __future__ import annotations

from collections.abc import Iterator

from autofix.find.record import Root
from autofix.find.starved import is_dead, starved
from autofix.find.view import Cause, View


def causes(view: View) -> Iterator[Cause]:
    hooks = {n["site"]: n for n in view.record.notes if n["what"] == "hooked"}
    for hungry in starved(view.record, view.gradients_ahead) if hooks else ():
        source = hungry.source
        root = next((r for r in hungry.roots if _is_zero(r, source.index)), None)
        for note in hooks.values() if root is not None else ():
            if not _upstream(note, source.index) or _is_freeze(view, note, source.index, root):
                continue
            for span in view.spans(note["site"]):
                yield Cause("hook:zero", span, view.target(source, hungry.how), view.spans(root.site), ends=root.made)


def _is_zero(root: Root, index: int) -> bool:
    sketch = root.gradients.get(index)
    return sketch is not None and sketch["finite"] and sketch["norm"] == 0


def _upstream(note: dict, index: int) -> bool:
    return note["data"] is None or index in note["data"]


def _is_freeze(view: View, note: dict, index: int, root: Root) -> bool:
    """A parameter is held still by a hook of its own, while others learn."""
    return note["source"] == index and not is_dead(view.record, root)
