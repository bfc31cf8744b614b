"""Sums of single numbers in which one has a graph and another lost its own: it weighs in and teaches nothing."""

from __future__ import annotations

import torch

from autofix.probe.lineage import bits

SUMS = frozenset(
    "add __add__ __radd__ sub __sub__ __rsub__ rsub __iadd__ __isub__ add_ sub_ stack cat hstack concat".split()
)
MOST = 64


class Summands:
    """Notes such a number once for the place of the sum: ``cuts`` are what it lost its graph by, the last first."""

    def __init__(self, watch):
        self.watch = watch
        self.notes: dict[int, dict] = {}
        self.last: dict[int, int] = {}

    def look(self, short: str, inputs, site: int) -> None:
        if short not in SUMS or len(self.notes) >= MOST and site not in self.notes:
            return
        alive = [v for v in inputs if isinstance(v, torch.Tensor) and v.requires_grad]
        if not alive or len(alive) == len(inputs) or not all(_is_number(v) for v in inputs):
            return
        kept = 0
        for value in alive:
            kept |= self.watch.lineage(value).cuts
        for value in inputs:
            lineage = self.watch.lineage(value)
            if lineage.cuts and not any(value is other for other in alive):
                self._note(site, lineage, kept, [self.watch.lineage(other).site for other in alive])

    def _note(self, site: int, lineage, kept: int, beside: list[int]) -> None:
        """The first time its cuts, but for those that what is alive has in it too; later which of them come again."""
        watch, known = self.watch, self.notes.get(site)
        if known is None:
            if not lineage.cuts & ~kept:
                return
            known = self.notes[site] = {"what": "summand", "site": site, "beside": beside}
            known["cuts"] = sorted(bits(lineage.cuts & ~kept), key=lambda cut: -watch.cuts[cut].last)
            watch.notes.append(known)
        else:
            again = [cut for cut in known["cuts"] if watch.cuts[cut].last > self.last[site]]
            known["cuts"] = again or known["cuts"]
        self.last[site] = watch.clock


def _is_number(value) -> bool:
    return not isinstance(value, torch.Tensor) or value.numel() == 1
