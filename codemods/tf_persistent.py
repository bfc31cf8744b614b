"""A tape is asked twice, but it answers once.

What breaks: ``tape.gradient`` empties a tape that was not made ``persistent=True``; the second call raises "A
non-persistent GradientTape can only be used to compute one set of gradients". It looks the same, and is not,
where an inner tape was given the outer one's name: then the second call means the outer tape, and asks the
inner one.

Why the fix is right: a persistent tape keeps what it recorded; the gradients are the same. Of two tapes with
one name the inner gets a name of its own, and every call reaches the tape that it was written for.

When to leave it alone: a tape that is used once should not be persistent: it holds memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tapes import Block, set_keyword
from autofix.tree import Tree, Trees

CODE = "AF502"
OPS = {"tape:used-up"}
ADVICE = "make the tape persistent=True, or ask it once for all the sources"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    if not break_.related:
        return
    tree = trees(break_.related[0].path)
    call = tree.expression_at(break_.related[0])
    block = Block.of(tree, break_.related[0])
    if block is not None:
        yield from _renamed(tree, block)
    if isinstance(call, cst.Call):
        yield Fix(CODE, "make the tape persistent", (set_keyword(tree, call, "persistent", "True"),))


def _renamed(tree: Tree, inner: Block) -> Iterator[Fix]:
    """Where a tape around this one has the same name: the inner one gets another."""
    outer = next(
        (node for node in tree.ancestors(inner.node) if isinstance(node, cst.With) and inner.name in _names(node)), None
    )
    if outer is None:
        return
    taken = {name.value for name in tree.walk(cst.Name)}
    new = next(name for name in (f"inner_{inner.name}", f"inner_{inner.name}2") if name not in taken)
    start = tree.offsets(inner.item.asname.name)[0]
    uses = [n for n in tree.walk(cst.Name, outer.body) if n.value == inner.name and tree.offsets(n)[0] >= start]
    uses = [n for n in uses if not isinstance(tree.parent(n), cst.Attribute) or tree.parent(n).value is n]
    yield Fix(CODE, f"call the inner tape `{new}`", tuple(tree.replace(n, new) for n in uses))


def _names(node: cst.With) -> set[str]:
    return {i.asname.name.value for i in node.items if i.asname is not None and isinstance(i.asname.name, cst.Name)}
