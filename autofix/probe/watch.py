"""The record of one run: what flows where, whatever the framework.

A framework's probe and the numpy and number types report here; nothing here knows any of them.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

from autofix.probe.lineage import Cut, Ledger, Lineage, Source, Step, bits
from autofix.probe.places import Places

MOST_FACTS = 6
MOST_STEPS = 4000
MOST_WAYS = 48


class Watch:
    """Collects sources, cuts, steps, roots, wanted gradients and failures of one run."""

    def __init__(self, places: Places):
        self.places = places
        self.ledger = Ledger()
        self.sources: list[Source] = []
        self.cuts: list[Cut] = []
        self.steps: dict[tuple, Step] = {}
        self.roots: list[dict] = []
        self.wants: list[dict] = []
        self.failures: list[dict] = []
        self.notes: list[dict] = []
        self.clock = 0
        self.label = ""
        self.spelled: tuple = ("", None)
        self.mute = False
        self.last_root = -1
        self.enough = lambda: None
        self.at_end: list = []
        self._cut_ids: dict[tuple, int] = {}
        self.facts_of = lambda value: ("other", "", ())
        self.is_tensor = lambda value: False
        self.new_source = None
        self.name_sources = lambda data: None
        self.tag = lambda value, lineage: value
        self.body_of = lambda value: value
        self.takes_over = lambda value: False
        self.named = lambda op, inputs: op
        self.derive = lambda inputs, data, cuts, site, own, result: Lineage(data, cuts, site)

    @staticmethod
    def printed() -> int:
        """How many bytes the program has printed so far."""
        try:
            sys.stdout.flush()
            return os.fstat(1).st_size
        except (OSError, ValueError):
            return 0

    def add_root(self, entry: dict) -> None:
        """Note a root; a run for finite differences ends with the root it is made for."""
        self.roots.append(entry)
        if 0 <= self.last_root < len(self.roots):
            self.enough()

    def internal(self, op: str, error: Exception) -> None:
        """A mistake of ours: note it, never let it into the program."""
        self.notes.append({"what": "internal", "op": op, "message": f"{type(error).__name__}: {error}"[:200]})

    # -- lineage ----------------------------------------------------------------------------------

    def lineage(self, value) -> Lineage | None:
        """What a value carries; None where it carries nothing."""
        held = getattr(type(value), "_autofix_tracked", False)
        if held:
            return value._lineage
        return self.ledger.get(self.body_of(value)) if self.is_tensor(value) else None

    def source_of(self, value) -> int:
        """The index of the source that this tensor is, or -1."""
        lineage = self.lineage(value)
        return -1 if lineage is None else lineage.source

    def cut(self, site: int, op: str, data: int, earlier: int, live: bool, modes: tuple = (), soft: bool = False) -> int:
        """Note that gradient is lost here, and give the bit of this cut."""
        key = (site, op, modes)
        index = self._cut_ids.get(key)
        if index is None:
            index = self._cut_ids[key] = len(self.cuts)
            self.cuts.append(Cut(site, op, modes=modes, soft=soft))
        known = self.cuts[index]
        known.data |= data
        known.earlier |= earlier
        known.live |= live
        known.last = self.clock
        known.chained |= bool(earlier >> index & 1) and known.rooted == len(self.roots)
        known.rooted = len(self.roots)
        if known.seen < MOST_WAYS:
            known.seen += 1
            for depth, place in enumerate(self.places.stack()):
                held, least = known.through.get(place, (0, depth))
                known.through[place] = held | data, min(least, depth)
        return 1 << index

    def merged(self, inputs) -> tuple[int, int, set]:
        """The union of what the inputs carry, and the sites that made them."""
        data = cuts = 0
        sites = set()
        for value in inputs:
            lineage = self.lineage(value)
            if lineage is not None:
                data |= lineage.data
                cuts |= lineage.cuts
                if lineage.site >= 0:
                    sites.add(lineage.site)
        return data, cuts, sites

    def is_whole(self, value) -> bool:
        """Whole numbers choose (an index, a mask): what they were computed from is not on the way of the value."""
        return self.facts_of(value)[1].startswith(("int", "uint", "bool"))

    @contextmanager
    def muted(self):
        """What happens inside is ours, or none of our business."""
        outer, self.mute = self.mute, True
        try:
            yield
        finally:
            self.mute = outer

    @contextmanager
    def within(self, op: str):
        """What happens inside is the doing of ``op``, the call that the user wrote."""
        outer, self.label = self.label, self.label or op
        try:
            yield
        finally:
            self.label = outer

    def failed(self, op: str, inputs, error: Exception) -> None:
        """Note a call that raised, or that is about to."""
        data, cuts, sites = self.merged(inputs)
        self.name_sources(data)
        self.note_failure(op, error, data, cuts, sites, self.source_of(inputs[0]) if inputs else -1)

    def note_failure(self, op: str, error: Exception, data: int, cuts: int, made, leaf: int) -> None:
        """``data``, ``cuts``, ``made``: what its operands carry, and the sites that made them; ``leaf``: its first one."""
        self.failures.append(
            {
                "site": self.places.here(),
                "op": self.label or op,
                "error": type(error).__name__,
                "message": str(error)[:300],
                "data": bits(data),
                "cuts": bits(cuts),
                "made": sorted(made),
                "leaf": leaf,
            }
        )

    # -- steps ------------------------------------------------------------------------------------

    def step(self, site: int, op: str, operands, outputs, before: set) -> None:
        """Note an expression that a lost value goes through."""
        step = self.steps.get((site, op))
        if step is None:
            if len(self.steps) >= MOST_STEPS:
                return
            step = self.steps[(site, op)] = Step(site, op)
        step.count += 1
        step.before |= before
        if len(step.inputs) < MOST_FACTS:
            facts, made = [self._facts(value) for value in operands], [self._facts(value) for value in outputs]
            if facts not in step.inputs:
                step.inputs.append(facts)
                step.output.append(made)
            else:  # of operations inside one call the last one gives what the call gives
                step.output[step.inputs.index(facts)] = made

    def _facts(self, value) -> list:
        kind, dtype, shape = self.facts_of(value)
        lineage = self.lineage(value)
        return [kind, dtype, list(shape), bool(lineage is not None and lineage.cuts)]

    # -- the record -------------------------------------------------------------------------------

    def as_record(self) -> dict:
        """Everything seen, as plain lists and dicts (JSON)."""
        for leave in self.at_end:
            leave()
        return {
            "sites": [list(site) for site in self.places.sites],
            "sources": [
                {key: value for key, value in _fields(source) if key != "alive"} for source in self.sources
            ],
            "cuts": [_cut(cut) for cut in self.cuts],
            "steps": [{**dict(_fields(step)), "before": sorted(step.before)} for step in self.steps.values()],
            "roots": self.roots,
            "wants": self.wants,
            "failures": self.failures,
            "notes": self.notes,
        }


def _cut(cut: Cut) -> dict:
    through = [[site, bits(data), depth] for site, (data, depth) in cut.through.items()]
    return {**dict(_fields(cut)), "data": bits(cut.data), "earlier": bits(cut.earlier), "through": through}


def _fields(record):
    return ((name, getattr(record, name)) for name in record.__dataclass_fields__)
