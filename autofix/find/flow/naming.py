"""What the program itself calls a tensor, found as the probe finds it: nearest names first, then inside of things."""

from __future__ import annotations

from itertools import islice

from autofix.find.flow import modules
from autofix.find.flow.machine import Machine
from autofix.find.values import Datum, Inst, Map, Seq

MOST = 400
PASSING = ("name", "item")
"""A parameter that a module has goes by the module's name for it."""


def name_of(m: Machine, datum: Datum) -> str:
    """The tensor's name, or the empty string."""
    if datum.source >= 0 and m.seen.sources[datum.source]["name"]:
        return m.seen.sources[datum.source]["name"]
    key = datum.source if datum.source >= 0 else id(datum)
    name, owner = _search(m, {key}).get(key, ("", ""))
    if datum.source >= 0 and name:
        m.seen.sources[datum.source]["name"], m.seen.sources[datum.source]["owner"] = name, owner
    return name


def resolve(m: Machine, mask: int) -> None:
    """Name the sources in ``mask`` that have no name yet."""
    wanted = set()
    while mask:
        low = mask & -mask
        mask ^= low
        index = low.bit_length() - 1
        if not m.seen.sources[index]["name"]:
            wanted.add(index)
    if wanted:
        for index, (name, owner) in _search(m, wanted).items():
            m.seen.sources[index]["name"], m.seen.sources[index]["owner"] = name, owner


def resolve_held(m: Machine) -> None:
    for note in m.seen.notes:
        if note["what"] == "held":
            mask = 0
            for index in note["sources"]:
                mask |= 1 << index if index >= 0 else 0
            resolve(m, mask)


def orphaned(m: Machine, datum: Datum, site: int) -> None:
    """An optimizer holds a tensor whose name the program has given to another one since."""
    name = m.seen.sources[datum.source]["name"]
    if not m.seen.roots or not name.isidentifier() or _search(m, {datum.source}):
        return
    heir = next((f.env[name] for f in m.frames if type(f.env.get(name)) is Datum and f.env[name].kind == "tensor"), None)
    if heir is not None and heir.must >> datum.source & 1:
        m.note({"what": "orphaned", "site": site, "source": datum.source, "made": heir.site, "name": name})


def _search(m: Machine, wanted: set) -> dict:
    m.tick(20)
    found: dict = {}
    scopes = [frame.env for frame in m.frames if not frame.is_class]
    for scope in scopes:
        for name, value in islice(scope.items(), MOST):
            if name.startswith("__"):
                continue
            if type(value) is Datum and _key(value) in wanted:
                found.setdefault(_key(value), (name, "name"))
            elif type(value) is Seq or type(value) is Map:
                _in_container(name, value, wanted, found, "item")
    for scope in scopes:
        for name, value in islice(scope.items(), MOST):
            if len(found) == len(wanted) and all(owner not in PASSING for _, owner in found.values()):
                return found
            _inside(name, value, wanted, found)
    return found


def _key(datum: Datum):
    return datum.source if datum.source >= 0 else id(datum)


def _inside(name: str, value, wanted: set, found: dict) -> None:
    kind = type(value)
    if kind is Inst and value.module:
        _in_module(name, value, wanted, found)
    elif kind is Seq or kind is Map:
        _in_container(name, value, wanted, found, "item")
    elif kind is Inst:
        for key, held in islice(value.attrs.items(), MOST):
            if type(held) is Datum and _key(held) in wanted:
                found.setdefault(_key(held), (f"{name}.{key}", "object"))
            elif type(held) is Inst and held.module:
                _in_module(f"{name}.{key}", held, wanted, found)
            elif type(held) is Seq or type(held) is Map:
                _in_container(f"{name}.{key}", held, wanted, found, "item")


def _in_module(name: str, module: Inst, wanted: set, found: dict) -> None:
    for path, datum in modules.named_parameters(module):
        if _key(datum) in wanted and found.get(_key(datum), ("", "name"))[1] in PASSING:
            found[_key(datum)] = (f"{name}.{path}", "parameter")
    for path, child in modules.named_modules(module):
        prefix = f"{name}.{path}" if path else name
        for key, held in list(child.attrs.items()):
            if type(held) is Datum and _key(held) in wanted:
                found.setdefault(_key(held), (f"{prefix}.{key}", "buffer" if key in child.buffers else "raw"))
            elif type(held) is Seq or type(held) is Map:
                _in_container(f"{prefix}.{key}", held, wanted, found, "raw")


def _in_container(name: str, container, wanted: set, found: dict, owner: str) -> None:
    if type(container) is Map:
        pairs = islice(container.fields.items(), MOST)
    elif container.kind == "generator":
        return
    else:
        pairs = enumerate(container.items.first[:MOST])
    for key, held in pairs:
        if type(held) is Datum and _key(held) in wanted:
            found.setdefault(_key(held), (f"{name}[{key!r}]", owner))
        elif type(held) is Inst and held.module:
            for path, datum in modules.named_parameters(held):
                if _key(datum) in wanted:
                    found.setdefault(_key(datum), (f"{name}[{key!r}].{path}", "untracked" if owner == "raw" else "item"))


