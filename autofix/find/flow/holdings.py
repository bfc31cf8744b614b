"""What a module holds beside its parameters: raw tensors, lists and dicts of layers."""

from __future__ import annotations

from autofix.find.flow import modules, naming, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import Datum, Inst, Map, Seq


def assigned(m: Machine, module: Inst, name: str, value) -> None:
    """The program sets ``module.name``: a raw tensor becomes a source of its own, it may be a weight."""
    if type(value) is Datum and value.kind == "tensor":
        if value.parameter or name in module.buffers:
            return
        if value.source < 0 and not m.seen.roots and not value.cuts and not tensors.is_live(value) and value.data:
            data, must, site = value.data, value.must, value.site
            m.source(value, "torch.Tensor", site, False)
            value.data |= data
            value.must |= must
    elif type(value) not in (Seq, Map):
        return
    if m.doubt:
        return
    key = (id(module), name)
    _, sites = m.holdings.setdefault(key, (module, []))
    site = m.site()
    if site not in sites:
        sites.append(site)


def look(m: Machine) -> None:
    """Note what the attributes hold now."""
    for (_, name), (module, sites) in list(m.holdings.items())[:200]:
        value = module.attrs.get(name)
        if type(value) is Datum and value.kind == "tensor":
            _tell(m, module, name, sites, "tensor", "tensor", [value])
        elif type(value) in (Seq, Map):
            _look_in(m, module, name, sites, value)


def _look_in(m: Machine, module: Inst, name: str, sites: list, value) -> None:
    held = list(value.fields.values()) if type(value) is Map else list(value.items.first)
    if any("*" in child.attrs for _, child in modules.named_modules(module)):
        return  # what is registered under a name that is not known may be these
    registered = {datum.source for _, datum in modules.named_parameters(module)}
    kinds, found = set(), []
    for item in held[:200]:
        if type(item) is Seq and item.items.first and all(type(part) is Inst and part.module for part in item.items.first):
            kinds.add(f"{item.kind} of modules")
            found += [d for part in item.items.first for _, d in modules.named_parameters(part) if d.source not in registered]
        elif type(item) is Inst and item.module:
            kinds.add("module")
            found += [d for _, d in modules.named_parameters(item) if d.source not in registered]
        elif type(item) is Datum and item.kind == "tensor":
            parameter_ = item.parameter
            kinds.add("parameter" if parameter_ else "tensor")
            found += [item] if item.source not in registered or item.source < 0 else []
        else:
            kinds.add("other")
    found = [datum for datum in found if datum.source < 0 or not m.escaped >> datum.source & 1]
    if found:
        kind = "dict" if type(value) is Map else value.kind
        _tell(m, module, name, sites, kind, "+".join(sorted(kinds)), found)


def _tell(m: Machine, module: Inst, name: str, sites: list, kind: str, items: str, held: list[Datum]) -> None:

    data = 0
    for datum in held:
        data |= datum.must
    note = {
        "what": "held",
        "site": sites[0],
        "sites": list(sites),
        "attribute": name,
        "class": module.cls.name if module.cls is not None else module.lib,
        "kind": kind,
        "items": items,
        "name": naming.name_of(m, held[0]) if kind == "tensor" else "",
        "made": held[0].site,
        "sources": [datum.source for datum in held],
        "leaf": all(datum.source >= 0 or not tensors.is_live(datum) for datum in held),
        "requires_grad": all(tensors.is_live(datum) for datum in held),
        "data": data,
        "changed": False,
    }
    told = (id(module), name, tuple(note["sources"]), tuple(sites))
    if told not in m.told and len(m.told) < 200:
        m.told.add(told)
        m.note(note)
