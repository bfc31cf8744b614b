"""What an abstract run has seen, in the form in which the probe writes down a real one: the causes read both."""

from __future__ import annotations

from autofix.find.flow.machine import Machine, Seen
from autofix.probe.lineage import bits

_STRANGER = {
    "site": -1, "op": "unknown", "dtype": "", "shape": [-1], "floating": True, "requires_grad": True, "parameter": False,
    "name": "", "owner": "", "use": -1, "scale": 1.0, "zeroed": -1,
}  # fmt: skip
"""Stands for all that gets a gradient where nobody sees it."""
GRADIENT = {"finite": True, "norm": 1.0, "shape": []}


def raw(m: Machine, seen: Seen, alone: bool = False) -> dict:
    """The record as ``find.record.read`` takes it.

    What is not known is taken for the good: a source that perhaps got a gradient has one. Of a function that was
    followed ``alone`` only the roots that surely fail say something: others may feed what it does not.
    """
    fed = _perhaps_fed(m, seen)
    roots = [root for root in seen.roots if root["error"] or not alone or root.get("tape")]
    unsure, by_roots = fed, 0
    for root in roots:
        by_roots |= root["fed"]
        unsure &= ~root["fed"] | (fed & ~m.later)
    end = None if m.closed else seen.end
    return {
        "sites": [list(place) for place in seen.spans],
        "sources": [*(_source(source, bool(unsure >> i & 1)) for i, source in enumerate(seen.sources)), _STRANGER],
        "cuts": [_cut(cut) for cut in seen.cuts],
        "steps": [{**step, "count": 1, "before": sorted(step["before"])} for step in seen.steps.values()],
        "roots": [_root(root, _perhaps_by(m, root, fed, by_roots), len(seen.sources)) for root in roots],
        "wants": [_want(want) for want in seen.wants if not alone or want["how"] == "tape.gradient"],
        "failures": [{**f, "data": bits(f["data"]), "cuts": bits(f["cuts"])} for f in seen.failures],
        "notes": [_note(note) for note in seen.notes if not alone or note["what"] in ("tape", "reused tape", "watched array", "asked number")],
        "end": {
            "how": "enough" if m.closed else ("exit" if end is None else "exception"),
            "exception": "" if end is None else end.kind,
            "message": "" if end is None else end.message,
            "site": -1 if end is None else end.site,
        },
    }


def _perhaps_fed(m: Machine, seen: Seen) -> int:
    """Sources that somebody may have fed: by code nobody sees, by hand, or where it is not known what they are."""
    fed = seen.given | m.later | m.escaped
    for root in seen.roots:
        fed |= root["fed"] if root["guarded"] else 0
    for index, source in enumerate(seen.sources):
        if source["requires_grad"] is None:
            fed |= 1 << index
    return fed


def _perhaps_by(m: Machine, root: dict, perhaps: int, by_roots: int) -> int:
    """Sources that perhaps got a gradient from this root; what another root feeds anyway says nothing of this one."""
    elsewhere = m.later & by_roots & ~(m.seen.given | m.escaped | m.later_at.get(root["site"], 0))
    return perhaps & ~elsewhere


def _note(note: dict) -> dict:
    return {**note, **{key: bits(note[key]) for key in ("data", "cuts") if key in note}}


def _source(source: dict, perhaps_fed: bool) -> dict:
    known = {key: source[key] for key in ("site", "op", "floating", "parameter", "name", "owner", "zeroed", "shape")}
    grad = source["requires_grad"] is not False
    known["born"] = bits(source["born"])
    if perhaps_fed:
        known["zeroed"] = -1
    return {**known, "dtype": "", "requires_grad": grad, "use": -1, "scale": 1.0, "trainable": bool(source.get("trainable"))}


def _cut(cut: dict) -> dict:
    through = [[site, bits(data), depth] for site, (data, depth) in cut["through"].items()]
    return {**cut, "data": bits(cut["data"]), "earlier": [], "through": through}


def _root(root: dict, perhaps: int, stranger: int) -> dict:
    kept = {key: root[key] for key in ("site", "how", "made", "requires_grad", "error")}
    if root["guarded"]:  # somebody expects it to fail
        everything = {str(i): GRADIENT for i in bits(root["data"])}
        return {**kept, "error": "", "value": None, "data": bits(root["must"]), "cuts": [], "gradients": everything, "printed": 0}
    gradients = {} if root["error"] else {str(i): GRADIENT for i in bits(root["fed"] | perhaps & root["data"])}
    if root["hidden"]:
        gradients[str(stranger)] = GRADIENT
    reached = {"data": bits(root["must"]), "cuts": bits(root["cuts"]), "rebuilt": root["rebuilt"]}
    return {**kept, **reached, "value": None, "gradients": gradients, "printed": 0}


def _want(want: dict) -> dict:
    kept = {key: want[key] for key in ("how", "site", "source", "name", "leaf", "requires_grad", "parameter", "made", "grad", "root")}
    return {**kept, "data": bits(want["must"]), "cuts": bits(want["cuts"])}
