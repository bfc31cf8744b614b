"""Tensors that were built anew from live ones (``torch.tensor([loss1, loss2])``): does a root still hold these?

Where the live tensors themselves reach the root another way, the copy is meant as a constant (a weight). Where they
do not, whatever they were computed for is lost; where a part of their way does, that is likely and not certain.
"""

from __future__ import annotations

from autofix.probe.lineage import bits

MOST_NODES = 64


class Rebuilt:
    """The graph nodes of what went into such constructors since the last root, by the bit of the cut."""

    def __init__(self):
        self._nodes: dict[int, list] = {}

    def note(self, bit: int, tensors) -> None:
        """Live tensors were copied at this cut."""
        nodes = self._nodes.setdefault(bit, [])
        nodes.extend(t.grad_fn for t in tensors if t.requires_grad and t.grad_fn is not None)
        del nodes[:-MOST_NODES]

    def lost(self, tensors, cuts: int) -> list[tuple[int, bool]]:
        """The cuts (by number) whose live tensors no graph of these roots holds, and whether they have
        something on their way in common with these roots."""
        noted = {bit: nodes for bit, nodes in self._nodes.items() if bit & cuts and nodes}
        self._nodes = {}
        held = _graph(t.grad_fn for t in tensors) if noted else set()
        return [
            (number, bool(held & _graph(nodes)))
            for bit, nodes in noted.items()
            if not held.intersection(nodes)
            for number in bits(bit)
        ]


def _graph(starts) -> set:
    """All operations that gradient goes through on its way back from the starts, the leafs left out."""
    seen, waiting = set(), [node for node in starts if node is not None]
    while waiting:
        node = waiting.pop()
        if node not in seen and node.next_functions:
            seen.add(node)
            waiting.extend(following for following, _ in node.next_functions if following is not None)
    return seen
