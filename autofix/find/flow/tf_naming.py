"""What the program itself calls a tensor, variable or weight: ``w``, ``model.layers[1].kernel``, as the probe finds it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from autofix.find.flow import tf_weights
from autofix.find.flow.machine import Machine
from autofix.find.values import Datum, Inst, Map, Seq

MOST = 400
DEPTH = 5


def resolve(m: Machine, indices) -> None:
    """Name these sources, if they have no name yet."""
    wanted = {index for index in indices if not m.seen.sources[index]["name"]}
    if not wanted:
        return
    m.tick(20)
    for index, (name, owner) in _search(m, wanted).items():
        m.seen.sources[index]["name"], m.seen.sources[index]["owner"] = name, owner


def _search(m: Machine, wanted: set[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    scopes = [frame.env for frame in m.frames if not frame.is_class]
    for scope in scopes:
        for name, value in islice(scope.items(), MOST):
            if type(value) is Datum and value.source in wanted and not name.startswith("__"):
                found.setdefault(value.source, (name, "name"))
    for scope in scopes:
        for name, value in islice(scope.items(), MOST):
            if len(found) == len(wanted):
                return found
            if not name.startswith("__"):
                _look_at(m, name, value, wanted, found, None, set(), DEPTH)
    return found


def _look_at(m: Machine, name: str, value, wanted: set, found: dict, tracked, seen: set, depth: int) -> None:
    """``tracked``: the weights that the layer above knows, None where there is no layer above."""
    if depth == 0 or id(value) in seen or type(value) not in (Seq, Map, Inst):
        return
    seen.add(id(value))
    inside = type(value) is Inst and value.layer
    if inside and tracked is None:
        tracked = {datum.source for datum in tf_weights.known(m, value)}
    pairs = list(islice(_parts(name, value), MOST))
    for path, held in pairs:
        _hold(m, path, held, wanted, found, tracked, inside)
    if inside:
        pairs += tf_weights.layer_paths(name, value)
    for path, held in pairs:
        if len(found) < len(wanted):
            _look_at(m, path, held, wanted, found, tracked, seen, depth - 1)


def _parts(name: str, value) -> Iterator[tuple[str, object]]:
    if type(value) is Map:
        yield from ((f"{name}[{key!r}]", held) for key, held in value.fields.items())
    elif type(value) is Seq:
        if value.kind in ("list", "tuple"):
            yield from ((f"{name}[{key}]", held) for key, held in enumerate(value.items.first))
    elif value.layer or value.cls is not None:
        yield from ((f"{name}.{key}", held) for key, held in value.attrs.items() if not (value.layer and key.startswith(("_", "#"))) and key != "*")


def _hold(m: Machine, name: str, value, wanted: set, found: dict, tracked, inside: bool) -> None:
    if type(value) is not Datum or value.source not in wanted or value.source in found:
        return
    if tracked is None or value.source in tracked:
        owner = "parameter" if tracked is not None else "item" if name.endswith("]") else "object"
    else:
        facts = m.seen.sources[value.source]
        owner = ("keras:variable" if value.kind == "variable" else "keras:tensor") if inside else "keras:untracked"
        owner = "keras:untracked" if facts.get("keras") else owner
        owner = owner if facts.get("trainable", True) is not False and not facts.get("frozen") else "keras:frozen"
    found[value.source] = (name, owner)
