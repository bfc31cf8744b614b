"""What a run saw, laid over the source: for each expression its value, and whether it is on the path."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Step, Value
from autofix.tree import Tree

_REVERSED = re.compile(r"\.__r(add|sub|mul|truediv|floordiv|mod|pow|matmul)__$")
_ALIASES = {"abs": "absolute", "float": "__float__", "max": "amax", "min": "amin"}
SHOWN = ("str", "repr", "format")
"""Steps where a value is only printed."""


class Facts:
    """The steps of one break in one file, by node."""

    def __init__(self, tree: Tree, break_: Break):
        self.tree = tree
        self.values: dict[cst.CSTNode, Value] = {}
        self.on: dict[cst.CSTNode, list[Step]] = {}
        self.off: dict[cst.CSTNode, list[Step]] = {}
        self.elsewhere = [s for s in break_.steps if s.on_path and s.span.path != tree.path]
        self.unplaced: list[Step] = []
        for step in break_.steps:
            if step.span.path == tree.path:
                self._place(step)

    def promote(self, node: cst.CSTNode) -> None:
        """Count a side road as part of the path."""
        self.on.setdefault(node, []).extend(self.off.pop(node, ()))

    def _place(self, step: Step) -> None:
        node = self._node(step)
        if node is None:
            if step.on_path:
                self.unplaced.append(step)
            return
        (self.on if step.on_path else self.off).setdefault(node, []).append(step)
        if isinstance(node, cst.BaseExpression) and step.op not in SHOWN and not step.op.endswith("__setitem__"):
            self._see(node, step.output)
        for operand, value in self._aligned(node, step) if self._is_its_own(node, step) else ():
            self._see(operand, value)

    def _is_its_own(self, node: cst.CSTNode, step: Step) -> bool:
        """Whether the step is the call that the source shows, not one inside of it."""
        if not isinstance(node, cst.Call):
            return True
        func = node.func
        shown = (self.tree.qualified(func) or "").rsplit(".", 1)[-1]
        written = func.attr.value if isinstance(func, cst.Attribute) else func.value if isinstance(func, cst.Name) else ""
        return step.op.rsplit(".", 1)[-1] in (shown, written, _ALIASES.get(written, ""))

    def _node(self, step: Step) -> cst.CSTNode | None:
        nodes = self.tree.nodes_at(step.span)
        for kind in (cst.BaseExpression, cst.AugAssign, cst.BaseSmallStatement):
            for node in nodes:
                if isinstance(node, kind):
                    return node
        return None

    def _see(self, node: cst.CSTNode, value: Value) -> None:
        known = self.values.get(node)
        if known is None or value.on_path and not known.on_path:
            self.values[node] = value

    def _aligned(self, node: cst.CSTNode, step: Step) -> Iterator[tuple[cst.CSTNode, Value]]:
        inputs = step.inputs
        if _REVERSED.search(step.op) and len(inputs) == 2:
            inputs = (inputs[1], inputs[0])
        nodes = operands(self.tree, node)
        if len(nodes) == len(inputs):
            yield from zip(nodes, inputs, strict=True)

    def value(self, node: cst.CSTNode) -> Value | None:
        return self.values.get(node)

    def is_step(self, node: cst.CSTNode) -> bool:
        return node in self.on or node in self.off


def operands(tree: Tree, node: cst.CSTNode) -> list[cst.BaseExpression]:
    """The operands of an expression in the order of a Step's inputs."""
    match node:
        case cst.Call():
            method = isinstance(node.func, cst.Attribute) and not tree.qualified(node.func)
            receiver = [node.func.value] if method else []
            if any(a.star for a in node.args):
                return []
            return [*receiver, *(a.value for a in node.args)]
        case cst.BinaryOperation():
            return [node.left, node.right]
        case cst.UnaryOperation():
            return [node.expression]
        case cst.Comparison() if len(node.comparisons) == 1:
            return [node.left, node.comparisons[0].comparator]
        case cst.Attribute():
            return [node.value]
        case cst.Subscript():
            keys = [s.slice.value for s in node.slice if isinstance(s.slice, cst.Index)]
            return [node.value, *keys] if len(keys) == len(node.slice) == 1 else [node.value, node]
        case cst.AugAssign():
            return [node.target, node.value]
    return []
