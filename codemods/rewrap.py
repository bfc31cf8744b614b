"""A tensor is built anew from tensors, and the new one has no history.

What breaks: ``torch.tensor(t)``, ``t.new_tensor(u)``, ``torch.tensor([loss1, loss2])``, ``torch.FloatTensor(log_probs)``
copy numbers. What they were computed from gets no gradient. ``loss.requires_grad = True``, or ``requires_grad=True``
in the constructor, silences the error and trains nothing: the new leaf is the only one that learns.

Why the fix is right: a tensor needs no wrapping, so the constructor goes (its dtype and device stay, as ``.to``).
A list of tensors is joined by ``torch.stack`` or ``torch.cat``, by the shapes that a run saw, and gives the same
numbers. Switching ``requires_grad`` on by hand goes: a loss with a history has it already.

When to leave it alone: a new leaf that is meant as a start (a warm start, an attack, a copy to train apart), a table
of losses for the log: no gradient is missed there.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix, Value
from autofix.region.imports import tidied
from autofix.region.names import Names
from autofix.tables.patch import Overlap, Patch
from autofix.tree import Tree, Trees
from autofix.unwrap import unwrapped

CODE = "AF103"
OPS = {
    "torch.tensor",
    "torch.Tensor.new_tensor",
    "torch.as_tensor",
    "torch.asarray",
    "torch.scalar_tensor",
    "torch.Tensor",
    "torch.FloatTensor",
    "torch.DoubleTensor",
    "torch.HalfTensor",
    "torch.Tensor.requires_grad_",
    "torch.linspace",
}
ADVICE = "use the tensor itself, and torch.stack or torch.cat for a list of tensors"
_DATA = ("data", "obj", "s")
_FLOATS = ("float", "complex", "bfloat", "half", "double")


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    if break_.op == "torch.Tensor.requires_grad_":
        yield from _switched_on(tree, break_)
        return
    node = tree.expression_at(break_.span)
    if not isinstance(node, cst.Call) or any(arg.star for arg in node.args):
        return
    if break_.op == "torch.linspace":
        yield from _range(tree, node)
        return
    data = next((a for a in node.args if a.keyword is None or a.keyword.value in _DATA), None)
    seen, output = _facts(break_)
    if data is None or seen is None or not output.dtype.startswith(_FLOATS):
        return
    if seen.kind == "tensor":
        yield Fix(
            CODE, f"use `{_brief(tree, data.value)}` itself", tidied(tree, _itself(tree, node, data, seen, output))
        )
    elif seen.kind in ("list", "tuple") and _holds_tensors(seen):
        for title, edits in _Join(tree, node, data, seen, output).candidates():
            yield Fix(CODE, title, tidied(tree, edits))


def _facts(break_: Break) -> tuple[Value | None, Value]:
    """What went into the constructor, and what came out."""
    step = next((s for s in break_.steps if s.span == break_.span and s.op == break_.op), None)
    if step is None:
        return None, Value("other")
    at = 1 if break_.op == "torch.Tensor.new_tensor" else 0
    return (step.inputs[at] if len(step.inputs) > at else None), step.output


def _brief(tree: Tree, node: cst.CSTNode) -> str:
    text = " ".join(tree.source(node).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _holds_tensors(seen: Value) -> bool:
    """Whether a list's items, or those of its inner lists, are tensors (with numbers among them, perhaps)."""
    return seen.items.rpartition(":")[2] in ("tensor", "mixed")


# -- one tensor ----------------------------------------------------------------------------------------


def _itself(tree: Tree, node: cst.Call, data: cst.Arg, seen: Value, output: Value) -> tuple[Edit, ...]:
    suffix = _cast(tree, node, seen.dtype, output.dtype)
    if not suffix and _is_written(tree, node):
        suffix = ".clone()"
    return unwrapped(tree, (node, data.value), suffix=suffix)


def _cast(tree: Tree, node: cst.Call, held: str, wanted: str) -> str:
    """What must stay of the constructor: another dtype, a device."""
    device = next(
        (tree.source(a.value) for a in node.args if a.keyword is not None and a.keyword.value == "device"), ""
    )
    if held in ("", "mixed") or held == wanted:
        return f".to({device})" if device else ""
    if device:
        return f".to(device={device}, dtype=torch.{wanted})"
    return {"float32": ".float()", "float64": ".double()"}.get(wanted, f".to(torch.{wanted})")


def _is_written(tree: Tree, node: cst.Call) -> bool:
    """Whether the name that the new tensor gets is written in place later: then it must stay a copy."""
    parent = tree.parent(node)
    if not isinstance(parent, (cst.Assign, cst.AnnAssign)):
        return False
    names = Names(tree)
    bound = {b.name for b in names.all() if b.place is parent}
    written = [node.target for node in tree.walk(cst.AugAssign)]
    written += [node.target for node in tree.walk(cst.AssignTarget) if isinstance(node.target, cst.Subscript)]
    methods = (call.func for call in tree.walk(cst.Call) if isinstance(call.func, cst.Attribute))
    written += [method.value for method in methods if _writes(method.attr.value)]
    return any(tree.source(w.value if isinstance(w, cst.Subscript) else w) in bound for w in written)


def _writes(method: str) -> bool:
    return (
        method.endswith("_")
        and not method.startswith("_")
        and method not in ("requires_grad_", "detach_", "retain_grad_")
    )


# -- a list of tensors ---------------------------------------------------------------------------------


class _Join:
    """``torch.tensor([t, u])`` as ``torch.stack([t, u])``."""

    def __init__(self, tree: Tree, node: cst.Call, data: cst.Arg, seen: Value, output: Value):
        self.tree, self.node, self.data, self.seen = tree, node, data, seen
        self.depth = len(output.shape)
        self.items = seen.shape[self.depth :] if -1 not in seen.shape else None
        self.suffix = _cast(tree, node, seen.dtype, output.dtype)

    def candidates(self) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        if self.depth == 1 and self.seen.items == "tensor" and self.items in ((), (1,)):
            join = "torch.stack" if self.items == () else "torch.cat"
            yield f"join the tensors by `{join}`", self._renamed(join)
        if self.depth == 2 and self.items == () and (rows := self._rows()):
            yield "join the tensors by `torch.stack`", self._renamed("torch.stack", rows)
        if self.depth in (1, 2):
            yield "join the tensors by `torch.stack`", self._reshaped()

    def _renamed(self, join: str, rows: list[cst.BaseExpression] | None = None) -> tuple[Edit, ...]:
        patch = Patch(self.tree)
        for row in rows or ():
            patch.wrap(row, "torch.stack(", ")")
        return self._written(patch, join)

    def _written(self, patch: Patch, join: str) -> tuple[Edit, ...]:
        start, end = self.tree.offsets(self.node)
        inner_start, inner_end = self.tree.outer_offsets(self.data.value)
        head = self.tree.text[self.tree.outer_offsets(self.node.func)[1] : inner_start]
        if self.data.keyword is not None:
            head = head.replace(f"{self.data.keyword.value}=", "")
        patch.replace(start, inner_start, patch.spelled(join) + head)
        tail = self.tree.text[inner_end:end]
        closing = tail if len(self.node.args) == 1 else ")"
        patch.replace(inner_end, end, closing + patch.spelled(self.suffix))
        try:
            return patch.edits()
        except Overlap:
            return ()

    def _rows(self) -> list[cst.BaseExpression]:
        """The inner lists, where the source spells them."""
        value = self.data.value
        if isinstance(value, (cst.List, cst.Tuple)):
            return [e.value for e in value.elements if isinstance(e, cst.Element)]
        if isinstance(value, cst.ListComp):
            return [value.elt]
        return []

    def _reshaped(self) -> tuple[Edit, ...]:
        """Each item brought to no dimension first, a number made a tensor."""
        source = self.tree.source(self.data.value)
        if isinstance(self.data.value, cst.List) and "\n" not in source:
            source = f"({source[1:-1]}{',' if len(self.data.value.elements) == 1 and ',' not in source else ''})"
        item = "torch.as_tensor(term)" if self.seen.items.endswith("mixed") else "term"
        item = item if self.items == () else f"{item}.reshape(())"
        text = f"torch.stack([{item} for term in {source}])"
        if self.depth == 2:
            text = f"torch.stack([torch.stack([{item} for term in row]) for row in {source}])"
        patch = Patch(self.tree)
        start, end = self.tree.offsets(self.node)
        patch.replace(start, end, patch.spelled(text + self.suffix))
        return patch.edits()


# -- requires_grad by hand, ranges ---------------------------------------------------------------------


def _switched_on(tree: Tree, break_: Break) -> Iterator[Fix]:
    for node in tree.nodes_at(break_.span):
        parent = tree.parent(node)
        if (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value == "requires_grad_"
        ):
            yield Fix(CODE, "remove `.requires_grad_()`", unwrapped(tree, (node, node.func.value)))
            return
        if isinstance(node, cst.Attribute) and isinstance(parent, cst.AssignTarget):
            line = tree.enclosing(node, cst.SimpleStatementLine)
            yield Fix(CODE, f"remove `{_brief(tree, line.body[0])}`", (tree.delete_statement(line),))
            return


def _range(tree: Tree, node: cst.Call) -> Iterator[Fix]:
    """``torch.linspace(a, b, n)`` of tensors as a straight line between them."""
    if len(node.args) < 3 or any(arg.keyword for arg in node.args[:2]):
        return
    low, high = (tree.source(arg.value) for arg in node.args[:2])
    patch = Patch(tree)
    patch.replace(*tree.outer_offsets(node.args[0].value), "0")
    patch.replace(*tree.outer_offsets(node.args[1].value), "1")
    patch.wrap(node, f"(({low}) + (({high}) - ({low})) * ", ")")
    yield Fix(CODE, "a straight line between the two tensors", patch.edits())
