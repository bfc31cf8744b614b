"""What an abstract run has seen, in the form in which the probe writes down a real one: the causes read both."""

from __future__ import annotations

from autofix.find.flow.machine import Machine

GRADIENT = {"finite": True, "norm": 1.0, "shape": []}


def raw(m: Machine) -> dict:
    """The record as ``find.record.read`` takes it.

    What is not known is taken for the good: a source that perhaps got a gradient has one.
    """
    seen = m.seen
    fed = _perhaps_fed(m)
    end = None if m.closed else seen.end
    return {
        "sites": [list(place) for place in seen.spans],
        "sources": [_source(source) for source in seen.sources],
        "cuts": [_cut(cut) for cut in seen.cuts],
        "steps": [{**step, "count": 1, "before": sorted(step["before"])} for step in seen.steps.values()],
        "roots": [_root(root, fed) for root in seen.roots],
        "wants": [_want(want) for want in seen.wants],
        "failures": [{**f, "data": bits(f["data"]), "cuts": bits(f["cuts"]), "made": []} for f in seen.failures],
        "notes": [_note(note) for note in seen.notes],
        "end": {
            "how": "enough" if m.closed else ("exit" if end is None else "exception"),
            "exception": "" if end is None else end.kind,
            "message": "" if end is None else end.message,
            "site": -1 if end is None else end.site,
        },
    }


def _perhaps_fed(m: Machine) -> int:
    """Sources that somebody may have fed: by code nobody sees, by hand, or where it is not known what they are."""
    fed = m.seen.given | m.later
    for index, source in enumerate(m.seen.sources):
        if source["requires_grad"] is None:
            fed |= 1 << index
    return fed


def _note(note: dict) -> dict:
    return {**note, **{key: bits(note[key]) for key in ("data", "cuts") if key in note}}


def bits(mask: int) -> list[int]:
    """The indices of the set bits."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _source(source: dict) -> dict:
    known = {key: source[key] for key in ("site", "op", "floating", "parameter", "name", "owner", "zeroed", "shape")}
    grad = source["requires_grad"] is not False
    return {**known, "dtype": "", "requires_grad": grad, "use": -1, "scale": 1.0}


def _cut(cut: dict) -> dict:
    through = [[site, bits(data), depth] for site, (data, depth) in cut["through"].items()]
    return {**cut, "data": bits(cut["data"]), "earlier": [], "through": through}


def _root(root: dict, perhaps: int) -> dict:
    kept = {key: root[key] for key in ("site", "how", "made", "requires_grad", "error")}
    gradients = {} if root["error"] else {str(i): GRADIENT for i in bits(root["fed"] | perhaps & root["data"])}
    return {**kept, "value": None, "data": bits(root["must"]), "cuts": bits(root["cuts"]), "gradients": gradients, "printed": 0}


def _want(want: dict) -> dict:
    kept = {key: want[key] for key in ("how", "site", "source", "name", "leaf", "requires_grad", "parameter", "made", "grad", "root")}
    return {**kept, "data": bits(want["must"]), "cuts": bits(want["cuts"])}
