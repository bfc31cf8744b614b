"""Which dtype a mended expression will have, where torch's rules part from numpy's.

numpy's float64 scalars widen an array, torch's numbers and zero-dimensional tensors do not; a Python
number is float64 until it stays a float32 tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

_RANK = {"bool": 0, "uint8": 1, "int32": 2, "int64": 3, "float16": 4, "float32": 5, "float64": 6, "complex64": 7, "complex128": 8}
_KIND = {"bool": 0, "uint8": 1, "int32": 1, "int64": 1, "float16": 2, "float32": 2, "float64": 2, "complex64": 3, "complex128": 3}
_NUMBERS = {"int": "int64", "float": "float32", "bool": "bool", "complex": "complex64"}
KEEPS_FIRST = frozenset("astype to full_like zeros_like ones_like empty_like".split())


@dataclass(frozen=True, slots=True)
class Kind:
    """A dtype and its weight: a tensor with dimensions, one without, or a number."""

    dtype: str
    weight: int


class Dtypes:
    """Predicts dtypes, from what the run saw and from torch's promotion."""

    def __init__(self, region: Region):
        self.region = region
        self._known: dict[cst.CSTNode, str] = {}
        self._busy: set[cst.CSTNode] = set()

    def of(self, node: cst.BaseExpression) -> str:
        """The dtype of a mended expression, empty where that is not known."""
        if node in self._known:
            return self._known[node]
        if node in self._busy:
            return ""
        self._busy.add(node)
        try:
            found = self._predicted(node)
        finally:
            self._busy.discard(node)
        if not self._busy:
            self._known[node] = found
        return found

    def seen(self, node: cst.BaseExpression) -> str:
        """The dtype that a run saw."""
        value = self.region.facts.value(node)
        return "" if value is None else _NUMBERS.get(value.dtype, value.dtype) if value.kind == "number" else value.dtype

    def narrows(self, node: cst.BaseExpression) -> bool:
        """Whether the mended expression is narrower than numpy's float64 was."""
        value = self.region.facts.value(node)
        return value is not None and value.dtype == "float64" and self.of(node) == "float32"

    def _predicted(self, node: cst.BaseExpression) -> str:
        region = self.region
        if node in region.chains:
            return self._left(node)
        if not region.flow.is_tensor(node):
            return self.seen(node)
        if isinstance(node, (cst.Name, cst.Attribute)) and node not in region.facts.on:
            return self._named(node)
        if isinstance(node, cst.Call) and node not in region.facts.on:
            return self._common([r for f in region.calls.callees(node) for r in region.calls.returns(f)]) or self.seen(node)
        if isinstance(node, cst.ListComp):
            return self.of(node.elt)
        if isinstance(node, (cst.List, cst.Tuple)):
            return promoted([k for e in node.elements if (k := self._kind(e.value)) is not None])
        return self._computed(node)

    def _left(self, node: cst.BaseExpression) -> str:
        """The dtype of the tensor that leaves torch here."""
        for step in (s for n in (node, *self.region.between(node)) for s in self.region.facts.on.get(n, ())):
            if step.inputs and step.inputs[0].kind in ("tensor", "array", "scalar"):
                return step.inputs[0].dtype
        return self.seen(self.region.chains[node]) or self.seen(node)

    def _named(self, node: cst.BaseExpression) -> str:
        sources = []
        for binding in self.region.names.definitions(node):
            if binding.kind == "assign" and binding.value is not None:
                sources.append(binding.value)
            elif binding.kind == "param":
                for call in self.region.calls.sites(binding.scope):
                    arg = self.region.calls.argument(call, binding, binding.scope)
                    sources += [arg.value] if arg is not None and self.region.flow.is_tensor(arg.value) else []
        found = [d for s in sources if self.region.flow.is_tensor(s) and (d := self.of(s))]
        return max(found, key=lambda d: _RANK.get(d, -1)) if found else self.seen(node)

    def _common(self, nodes: list[cst.BaseExpression]) -> str:
        found = [d for n in nodes if self.region.flow.is_tensor(n) and (d := self.of(n))]
        return found[0] if found else ""

    def _computed(self, node: cst.BaseExpression) -> str:
        seen = self.seen(node)
        if seen and _KIND.get(seen, 2) != 2:
            return seen
        if isinstance(node, cst.Call) and any(a.keyword is not None and a.keyword.value == "dtype" for a in node.args):
            return seen
        name = self.region.name_of(node) if isinstance(node, cst.Call) else ""
        if name.rsplit(".", 1)[-1] in KEEPS_FIRST or name in ("numpy.float32", "numpy.float64", "numpy.array", "numpy.asarray"):
            return seen
        kinds = [k for o in self._operands(node) if (k := self._kind(o)) is not None]
        return promoted(kinds) or seen

    def _operands(self, node: cst.BaseExpression) -> list[cst.BaseExpression]:
        match node:
            case cst.BinaryOperation():
                return [node.left, node.right]
            case cst.UnaryOperation():
                return [node.expression]
            case cst.Subscript() | cst.Attribute():
                return [node.value]
            case cst.Call():
                receiver = [node.func.value] if isinstance(node.func, cst.Attribute) and not self.region.tree.qualified(node.func) else []
                return [*receiver, *(a.value for a in node.args if self._counts(a.value))]
        return []

    def _counts(self, node: cst.BaseExpression) -> bool:
        value, tensor = self.region.known(node)
        return tensor or value is not None and value.kind in ("array", "scalar", "tensor")

    def _kind(self, node: cst.BaseExpression) -> Kind | None:
        value, tensor = self.region.known(node)
        if value is None and not tensor:
            return None
        if tensor or value.kind in ("array", "tensor"):
            dtype = self.of(node)
            return Kind(dtype, 2 if value is None or value.shape else 1) if dtype in _RANK else None
        dtype = _NUMBERS.get(value.dtype, value.dtype)
        return Kind(dtype, 0) if dtype in _RANK else None


def promoted(kinds: list[Kind]) -> str:
    """torch's result type: within one category only the heaviest operands count."""
    if not kinds:
        return ""
    category = max(_KIND[k.dtype] for k in kinds)
    top = [k for k in kinds if _KIND[k.dtype] == category]
    heaviest = max(k.weight for k in top)
    if heaviest == 0 and category == 2 and any(k.weight for k in kinds):
        return "float32"
    return max((k.dtype for k in top if k.weight == heaviest), key=_RANK.__getitem__)

