"""Where a gradient tape loses a source: the way from the source to the target, operation by operation.

Unlike a graph that hangs on tensors, a tape exists only while its block is open: whether an operation counts is
known when ``tape.gradient`` is called. So every value keeps what it was made from, and the way is walked then.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from autofix.probe.lineage import Lineage, bits

ALL = -1
GRADIENT = "gradient"
"""The ``op`` of what a tape gave."""
SUMS = frozenset(["AddV2", "Add", "AddN", "Sub"])
VIEWS = frozenset("Identity Reshape StridedSlice Squeeze ExpandDims Transpose GatherV2 ResourceGather ReadVariableOp".split())
LINEAR = SUMS | {"Neg", "Mul", "RealDiv", "Sum", "Mean", "Identity", "Cast", "Reshape", "Pack"}


class Node(Lineage):
    """A value and what it was made from. ``own``: bits of cuts made right here; ``tapes``: bits of the tapes that
    were recording; ``live``: a tape took it up; ``clock``: when it was made; ``whole``: its numbers only choose;
    ``op``: TensorFlow's operation, if one made it."""

    __slots__ = ("clock", "live", "op", "own", "parents", "tapes", "whole")

    def __init__(self, data, cuts, site, parents=(), own=0, tapes=0, clock=0, live=False, source=-1, alias=-1):
        super().__init__(data, cuts, site, alias, source)
        self.parents, self.own, self.tapes, self.clock, self.live = parents, own, tapes, clock, live
        self.whole, self.op = False, ""


@dataclass
class Tape:
    """What is known of one ``GradientTape``."""

    number: int
    site: int
    persistent: bool
    accessed: bool
    opened: int = -1
    closed: int = -1
    used: bool = False
    watched: dict = field(default_factory=dict)
    """Key of a watched tensor → (clock, site) of the watch."""
    stopped: list = field(default_factory=list)
    """(site, from, to) of the times when recording was stopped inside the block."""

    def place_in_time(self, clock: int) -> str:
        """``before``, ``after`` or ``stopped``: why this tape did not see what was made then."""
        if self.opened < 0 or clock <= self.opened:
            return "before"
        if any(start < clock <= end for _, start, end in self.stopped):
            return "stopped"
        return "after" if 0 <= self.closed < clock else "other"


@dataclass
class Way:
    """The values between a source and a target."""

    reached: bool = False
    flows: bool = False
    """Whether on some way nothing stops the gradient."""
    cuts: int = 0
    first_use: int = -1
    outside: dict = field(default_factory=dict)
    """``before``, ``after``, ``stopped`` → the sites that the tape did not record."""


def way(targets, source: int, tape: Tape, hard: int = ALL, choices: bool = False) -> Way:
    """All ways from the source (by its index) to the targets, as this tape sees them. ``hard``: bits of cuts that stop
    all; ``choices``: also the ways through whole numbers, which choose among values."""
    found, flowing = Way(), set()
    ends = {id(target) for target in targets}
    for node in _between(targets, source, choices):
        found.reached = True
        if node.source == source:
            flowing.add(id(node))
            found.flows = found.flows or id(node) in ends
            continue
        if any(getattr(parent, "source", -1) == source for parent in node.parents):
            found.first_use = node.clock if found.first_use < 0 else min(found.first_use, node.clock)
        outside = node.tapes != ALL and not node.tapes >> tape.number & 1
        if not (node.own & hard or outside) and any(id(parent) in flowing for parent in node.parents):
            flowing.add(id(node))
            found.flows = found.flows or id(node) in ends
        if node.own:
            found.cuts |= node.own
        elif outside:
            when = tape.place_in_time(node.clock)
            if node.site not in found.outside.setdefault(when, []):
                found.outside[when].append(node.site)
    return found


@dataclass
class Stops:
    """What stops a source's gradient: bits of cuts and words of ``Tape.place_in_time``."""

    whole: set
    """On all of its ways."""
    beside: set = field(default_factory=set)
    """On some ways only, while ``whole`` (or a tape that does not see the source) stops it anyhow; nothing where this
    alone would stop all."""
    enough: set = field(default_factory=set)
    """Those without which, and without ``whole``, a gradient would come back."""
    flowing: set[int] = field(default_factory=set)
    """The values that the gradient would come back from, were only ``beside`` in its way."""


def stops_of(targets, source: int, tape: Tape, hard: int, seen: bool, choices: bool) -> Stops:
    """What stops a source's gradient on its ways to the targets."""
    nodes, ends, stops = _between(targets, source, choices), {id(target) for target in targets}, {}
    for node in nodes:
        if node.source == source:
            continue
        if node.own & hard:
            stops[id(node)] = node.own & hard
        elif not node.own and node.tapes != ALL and not node.tapes >> tape.number & 1:
            stops[id(node)] = tape.place_in_time(node.clock)
    kinds = set(stops.values())
    whole = {kind for kind in kinds if not ends & _flowing(nodes, source, stops, {kind})}
    rest = kinds - whole
    enough = {kind for kind in rest if ends & _flowing(nodes, source, stops, rest - {kind})}
    if rest and (whole or not seen):
        flowing = _flowing(nodes, source, stops, rest)
        if ends & flowing:
            return Stops(whole, rest, enough, flowing)
    return Stops(whole, enough=enough)


def told(found: Way, stops: Stops, targets, tape: Tape) -> dict:
    """What the note of a source without a gradient says of its ways."""
    parts = parts_cut(targets, tape.opened, stops.flowing)
    return {
        "reached": found.reached,
        "outside": {when: sites for when, sites in found.outside.items() if when not in stops.beside},
        "whole": _cuts_among(stops.whole),
        "beside": _cuts_among(stops.beside),
        "enough": _cuts_among(stops.enough),
        "added": [bit for node, added in parts if added for bit in bits(node.own)],
    }


def _cuts_among(kinds) -> list[int]:
    return [bit for kind in kinds if isinstance(kind, int) for bit in bits(kind)]


def _flowing(nodes, source: int, stops: dict, kinds: set) -> set[int]:
    """The values from which a gradient comes back to the source, where nothing stops it but these."""
    flowing: set[int] = set()
    for node in nodes:
        if node.source == source or stops.get(id(node)) not in kinds and any(id(parent) in flowing for parent in node.parents):
            flowing.add(id(node))
    return flowing


def before(node: Node) -> Iterator[Node]:
    """All that a value was made of."""
    seen, waiting = set(), list(node.parents)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen and isinstance(node, Node):
            seen.add(id(node))
            waiting.extend(node.parents)
            yield node


def viewed(node: Node) -> Iterator[Node]:
    """What a value is a view of: the same numbers or some of them, in another shape."""
    while isinstance(node, Node) and node.op in VIEWS and node.parents:
        node = node.parents[0]
        yield node


def first_uses(targets) -> dict[int, int]:
    """For each source on the way to the targets: the moment of the first value that was made from it."""
    uses: dict[int, int] = {}
    seen, waiting = set(), [node for node in targets if isinstance(node, Lineage)]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for parent in getattr(node, "parents", ()):
            waiting.append(parent)
            if parent.source >= 0:
                uses[parent.source] = min(node.clock, uses.get(parent.source, node.clock))
    return uses


def cuts_of_values(targets, opened: int) -> int:
    """The cuts since a tape opened on all ways to the targets but those through whole numbers: where others are to
    blame, a way tells."""
    cuts, seen, waiting = 0, set(), list(targets)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            parents = getattr(node, "parents", ())
            if getattr(node, "clock", opened + 1) > opened:
                cuts |= node.own if parents else node.cuts
            waiting.extend(parent for parent in parents if not getattr(parent, "whole", False))
    return cuts


def parts_cut(targets, opened: int, flowing: Container[int] = ()) -> list[tuple[Node, bool]]:
    """Values of which live ones are made beside, and that were cut off since the tape opened, or are a derivative from
    before. True: such a value is only added to the target, all the way: it weighs in and can teach nothing.
    ``flowing``: values that count as live."""

    def is_live(node) -> bool:
        return node.live or id(node) in flowing

    found, seen = [], set()
    waiting = [(node, True, False) for node in targets if isinstance(node, Node)]
    while waiting:
        node, linear, added = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        lost = node.own and any(parent.source >= 0 or isinstance(parent, Node) and is_live(parent) for parent in node.parents)
        if lost and not is_live(node) and node.clock > opened or added and node.op == GRADIENT and node.clock <= opened:
            found.append((node, added))
        for parent in node.parents if not node.own else ():
            if isinstance(parent, Node) and not parent.whole:
                left = is_live(node) and not is_live(parent)
                waiting.append((parent, linear and node.op in LINEAR, linear and node.op in SUMS if left else added))
    return found


def _between(targets, source: int, choices: bool) -> list[Node]:
    """The nodes from which the source can be reached, each after what it was made from."""
    leads: dict[int, bool] = {}
    found: list[Node] = []
    stack = [(node, False) for node in targets if isinstance(node, Lineage)]
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            if any(leads.get(id(parent)) for parent in getattr(node, "parents", ())):
                leads[key] = True
                found.append(node)
            continue
        if key in leads:
            continue
        leads[key] = node.source == source
        if leads[key]:
            found.append(node)
        elif getattr(node, "parents", ()):
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents if choices or not getattr(parent, "whole", False))
    return found
