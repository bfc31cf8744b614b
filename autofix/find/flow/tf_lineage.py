"""What a value of TensorFlow was made from, node by node, as the probe keeps it: the ways of a tape are walked on both.

A tape takes part only while it is open, so that what is lost is known when it is asked. ``sure`` tells the nodes that
are known in full from those that stand for code nobody sees, or for one of several values.
"""

from __future__ import annotations

from collections.abc import Iterable

from autofix.probe.tape_paths import ALL, Node, Tape

MOST = 4000


class Made(Node):
    """``lives``: the tapes (as bits) by which a gradient surely comes back through it; ``perhaps``: perhaps."""

    __slots__ = ("lives", "perhaps", "sure")

    def __init__(self, data, cuts, site, parents=(), own=0, tapes=0, clock=0, source=-1, sure=True):
        super().__init__(data, cuts, site, parents, own, tapes, clock, False, source)
        self.lives = self.perhaps = 0
        self.sure = sure


def unknown(parents: Iterable[Node], site: int = -1) -> Made:
    """Stands for code that nobody sees: anything may come out of it, by any way."""
    parents = tuple(parents)
    made = Made(0, 0, site, parents, tapes=ALL, sure=False)
    for node in parents:
        made.data, made.cuts, made.clock = made.data | node.data, made.cuts | node.cuts, max(made.clock, node.clock)
    made.perhaps = ALL
    return made


def either(one: Node | None, other: Node | None) -> Node | None:
    """One of two values, or perhaps none."""
    if one is other:
        return one
    return unknown([node for node in (one, other) if node is not None])


def perhaps(node: Node | None) -> Node | None:
    """The same, if it is there at all."""
    return None if node is None or not node.sure else unknown([node])


def before(nodes: Iterable[Node]) -> list[Node]:
    """The nodes and all that they were made from."""
    seen, waiting = {}, list(nodes)
    while waiting and len(seen) < MOST:
        node = waiting.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            waiting.extend(node.parents)
    return list(seen.values())


def is_it(node: Node, source: Node) -> bool:
    """A variable stays itself when it takes a new value."""
    return node is source or source.source >= 0 and node.source == source.source


def between(targets: Iterable[Node], source: Node) -> list[Node]:
    """The nodes on all ways from a source to the targets."""
    leads: dict[int, bool] = {}
    held: dict[int, Node] = {}
    stack = [(node, False) for node in targets]
    while stack:
        node, done = stack.pop()
        if done:
            leads[id(node)] = any(leads.get(id(parent)) for parent in node.parents)
        elif id(node) not in held:
            held[id(node)] = node
            leads[id(node)] = is_it(node, source)
            if not leads[id(node)]:
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
    return [node for key, node in held.items() if leads[key]]


def live(targets: Iterable[Node], tape: Tape) -> list[Node]:
    """The nodes that a gradient may come to on this tape."""
    seen, waiting = {}, list(targets)
    while waiting and len(seen) < MOST:
        node = waiting.pop()
        if id(node) in seen or not node.sure and _outside(node, tape):
            continue
        seen[id(node)] = node
        if not node.own and not _outside(node, tape):
            waiting.extend(parent for parent in node.parents if not parent.whole)
    return list(seen.values())


class Nodes:
    """Some nodes, to be asked for."""

    def __init__(self, nodes: list[Node]):
        self.nodes = nodes
        self.ids = {id(node) for node in nodes}
        self.sources = {node.source for node in nodes if node.source >= 0}
        self.sure = len(nodes) < MOST and all(node.sure for node in nodes)


def is_among(node: Node, some: Nodes) -> bool:
    return id(node) in some.ids or node.source in some.sources


def _outside(node: Node, tape: Tape) -> bool:
    return node.tapes != ALL and not node.tapes >> tape.number & 1
