"""Where a gradient tape loses a source: the way from the source to the target, operation by operation.

Unlike a graph that hangs on tensors, a tape exists only while its block is open: whether an operation counts is
known when ``tape.gradient`` is called. So every value keeps what it was made from, and the way is walked then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from autofix.probe.lineage import Lineage

ALL = -1
GRADIENT = "gradient"
"""The ``op`` of what a tape gave."""
SUMS = frozenset(["AddV2", "Add", "AddN", "Sub"])
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


def parts_cut(targets, opened: int) -> list[tuple[Node, bool]]:
    """Values of which live ones are made beside, and that were cut off since the tape opened, or are a derivative from
    before. True: such a value is only added to the target, all the way: it weighs in and can teach nothing."""
    found, seen = [], set()
    waiting = [(node, True, False) for node in targets if isinstance(node, Node)]
    while waiting:
        node, linear, added = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.own and not node.live and node.clock > opened or added and node.op == GRADIENT and node.clock <= opened:
            found.append((node, added))
        for parent in node.parents if not node.own else ():
            if isinstance(parent, Node) and not parent.whole:
                left = node.live and not parent.live
                waiting.append((parent, linear and node.op in LINEAR, linear and node.op in SUMS if left else added))
    return found


def _between(targets, source: int, choices: bool) -> list[Node]:
    """The nodes from which the source can be reached, in the order in which they were made."""
    leads: dict[int, bool] = {}
    nodes: dict[int, Node] = {}
    stack = [(node, False) for node in targets if isinstance(node, Lineage)]
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            leads[key] = any(leads.get(id(parent)) for parent in getattr(node, "parents", ()))
            continue
        if key in leads:
            continue
        nodes[key] = node
        leads[key] = node.source == source
        if not leads[key] and getattr(node, "parents", ()):
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents if choices or not getattr(parent, "whole", False))
    return sorted((node for key, node in nodes.items() if leads[key]), key=lambda n: getattr(n, "clock", 0))
