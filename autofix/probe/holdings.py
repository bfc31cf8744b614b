"""What the program's modules hold outside of their registries: raw tensors, and plain lists of layers."""

from __future__ import annotations

import sys
import weakref

from autofix.probe.lineage import bits
from autofix.probe.places import OURS
from autofix.probe.watch import Watch

MOST = 200
CONTAINERS = (list, tuple, dict)


class Holdings:
    """Remembers where the user's code sets such attributes, and tells what is in them when a gradient is asked for."""

    def __init__(self, watch: Watch, torch, source, name_of):
        self.watch, self.torch, self.source, self.name_of = watch, torch, source, name_of
        self._sites: dict[tuple[int, str], list[int]] = {}
        self._modules: dict[int, weakref.ref] = {}
        self._versions: dict[int, int] = {}
        self._told: set[tuple] = set()

    def assigned(self, module, name: str, value, frame) -> None:
        """The user's code sets ``module.name``. A raw tensor becomes a source of its own: it may be a weight."""
        raw = isinstance(value, self.torch.Tensor)
        if not raw and not isinstance(value, CONTAINERS) or isinstance(value, self.torch.nn.Parameter):
            return
        if name in module.__dict__.get("_buffers", ()) or not self.watch.places.is_users(frame.f_code.co_filename):
            return
        site = self.watch.places.of(frame.f_code, frame.f_lasti)
        self._modules[id(module)] = weakref.ref(module)
        sites = self._sites.setdefault((id(module), name), [])
        if site not in sites:
            sites.append(site)
        if raw and not self.watch.roots:
            self._as_source(value)

    def _as_source(self, tensor) -> None:
        lineage = self.watch.ledger.get(tensor)
        if lineage is None:
            self.source(tensor, "torch.Tensor", -1)
        elif lineage.source < 0 and not lineage.cuts and not tensor.requires_grad:
            self.source(tensor, "torch.Tensor", lineage.site, lineage.data)

    def look(self) -> None:
        """Note what the attributes hold now."""
        for (key, name), sites in list(self._sites.items())[:MOST]:
            module = self._modules[key]()
            value = None if module is None else module.__dict__.get(name)
            if value is None:
                continue
            if isinstance(value, self.torch.Tensor):
                self._tell(module, name, sites, "tensor", "tensor", [value])
            elif isinstance(value, CONTAINERS):
                self._look_in(module, name, sites, value)

    def _look_in(self, module, name, sites, value) -> None:
        held = list(value.values() if isinstance(value, dict) else value)[:MOST]
        registered = {id(p) for p in module.parameters()}
        kinds, tensors = set(), []
        for item in held:
            if isinstance(item, (list, tuple)) and item and all(isinstance(part, self.torch.nn.Module) for part in item):
                kinds.add(f"{type(item).__name__} of modules")
                tensors += [p for part in item for p in part.parameters() if id(p) not in registered]
            elif isinstance(item, self.torch.nn.Module):
                kinds.add("module")
                tensors += [p for p in item.parameters() if id(p) not in registered]
            elif isinstance(item, self.torch.Tensor):
                kinds.add("parameter" if isinstance(item, self.torch.nn.Parameter) else "tensor")
                tensors += [item] if id(item) not in registered else []
            else:
                kinds.add("other")
        if tensors:
            self._tell(module, name, sites, type(value).__name__, "+".join(sorted(kinds)), tensors)

    def _tell(self, module, name, sites, kind, items, tensors) -> None:
        lineages = [self.watch.ledger.get(t) or self.source(t, "torch.Tensor", -1) for t in tensors]
        sources = [lineage.source for lineage in lineages]
        versions = [t._version for t in tensors]
        key = (id(module), name)
        changed = self._versions.setdefault(key, sum(versions)) != sum(versions)
        note = {
            "what": "held",
            "site": sites[0],
            "sites": list(sites),
            "attribute": name,
            "class": type(module).__name__,
            "kind": kind,
            "items": items,
            "name": self.name_of(tensors[0]) if kind == "tensor" else "",
            "made": lineages[0].site,
            "sources": sources,
            "leaf": all(t.is_leaf for t in tensors),
            "requires_grad": all(t.requires_grad for t in tensors),
            "data": sorted({b for lineage in lineages for b in bits(lineage.data)}),
            "changed": changed,
        }
        told = (key, tuple(sources), tuple(sites), changed)
        if told not in self._told and len(self._told) < MOST:
            self._told.add(told)
            self.watch.notes.append(note)


def hook(holdings: Holdings) -> None:
    """See every attribute that is set on a module, for this process only."""
    module = holdings.torch.nn.Module
    store = module.__setattr__

    def __setattr__(self, name, value):
        store(self, name, value)
        if not holdings.watch.mute:
            try:
                holdings.assigned(self, name, value, _caller())
            except Exception as error:
                holdings.watch.internal("holdings", error)

    __setattr__.__qualname__ = "Module.__setattr__"
    __setattr__.__module__ = module.__module__
    module.__setattr__ = __setattr__


def _caller():
    """The frame that sets the attribute, ours not counted."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return frame
