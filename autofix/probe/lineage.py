"""Loss history: which sources are in a value, and where on their way their gradient was cut.

Sets of sources and of cuts are bit masks (Python integers): a union is one ``|``.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field


class Lineage:
    """What a value carries. ``data``: sources whose data is in it; ``cuts``: places where gradient was lost;
    ``site``: the expression that made it; ``alias``: the source whose memory it shares, or -1;
    ``source``: the source that it is itself, or -1."""

    __slots__ = ("alias", "cuts", "data", "site", "source")

    def __init__(self, data: int, cuts: int, site: int, alias: int = -1, source: int = -1):
        self.data, self.cuts, self.site, self.alias, self.source = data, cuts, site, alias, source


@dataclass
class Source:
    """A tensor that enters the computation: a leaf, a parameter, a batch of data. ``born``: the cuts it was made by."""

    site: int
    op: str
    dtype: str
    shape: tuple
    floating: bool
    requires_grad: bool
    parameter: bool
    name: str = ""
    owner: str = ""
    use: int = -1
    scale: float = 1.0
    zeroed: int = -1
    trainable: bool = False
    born: tuple = ()
    alive: object = None


@dataclass
class Cut:
    """A place where gradient stops: the call ``op`` at ``site``. ``modes`` are the sites that
    had turned grad mode off, innermost last; ``soft``: the result still has a graph, and gradient may or may not come through. ``through``: the user's
    expressions that were being evaluated (the site itself, the calls that led there), and whose data each cut. ``last``: when
    it came last, ``rooted``: after how many roots; ``chained``: it cut again, before the next root, what it had cut."""

    site: int
    op: str
    data: int = 0
    earlier: int = 0
    live: bool = False
    soft: bool = False
    modes: tuple = ()
    through: dict = field(default_factory=dict)
    seen: int = 0
    last: int = 0
    rooted: int = -1
    chained: bool = False


@dataclass
class Step:
    """An expression that a lost value went through, and what its operands and result were."""

    site: int
    op: str
    inputs: list = field(default_factory=list)
    output: list = field(default_factory=list)
    before: set = field(default_factory=set)
    count: int = 0


class Ledger:
    """The lineage of every tensor alive, kept outside of it (nothing of ours shows on the user's objects)."""

    def __init__(self):
        self._entries: dict[int, tuple] = {}

    def get(self, value) -> Lineage | None:
        entry = self._entries.get(id(value))
        if entry is not None and entry[0]() is value:
            return entry[1]
        return None

    def put(self, value, lineage: Lineage) -> None:
        key = id(value)
        entries = self._entries

        def gone(reference, key=key, entries=entries):
            held = entries.get(key)
            if held is not None and held[0] is reference:
                del entries[key]

        entries[key] = (weakref.ref(value, gone), lineage)


def bits(mask: int) -> list[int]:
    """The indices of the set bits."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
