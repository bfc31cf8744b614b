"""Arrays beside the path that are combined with it: they become tensors too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.model import Value
from autofix.region.names import Binding
from autofix.region.problem import GiveUp
from autofix.region.twins import sites_of
from autofix.tables import UNKNOWN, numpy_torch
from autofix.tables.use import literal, read
from autofix.tree import dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

MADE = frozenset(
    "numpy.zeros numpy.ones numpy.empty numpy.full numpy.eye numpy.identity numpy.zeros_like numpy.ones_like "
    "numpy.empty_like numpy.full_like".split()
)
_SAFE = frozenset("shape ndim".split())


class Lift:
    """Turns arrays into tensors, where they are made if all their uses allow it, else where they are used."""

    def __init__(self, region: Region):
        self.region, self.tree = region, region.tree
        self._done: set[cst.CSTNode] = set()
        self._bindings: dict[int, bool] = {}

    def guess(self, node: cst.BaseExpression) -> Value | None:
        """What the source alone tells of a value: a number, or a fresh array."""
        if isinstance(node, (cst.Integer, cst.Float)):
            return Value("number", "int" if isinstance(node, cst.Integer) else "float")
        if isinstance(node, cst.UnaryOperation) and isinstance(node.expression, (cst.Integer, cst.Float)):
            return self.guess(node.expression)
        if isinstance(node, cst.Call) and self._root(node).startswith("numpy."):
            return Value("array")
        if isinstance(node, cst.Name):
            made = [b.value for b in self.region.names.definitions(node) if b.kind == "assign"]
            if made and all(isinstance(v, (cst.List, cst.Tuple, cst.ListComp)) for v in made):
                return Value("list")
        return None

    def _root(self, node: cst.BaseExpression) -> str:
        """The origin of the call that a chain of methods begins with: ``np.zeros(3).reshape(1, 3)``."""
        while isinstance(node, cst.Call):
            if origin := self.tree.qualified(node.func):
                return origin
            node = node.func.value if isinstance(node.func, cst.Attribute) else None
        return ""

    def is_lifted(self, node: cst.BaseExpression) -> bool:
        if node in self._done:
            return True
        return isinstance(node, cst.Name) and any(self._bindings.get(id(b)) for b in self.region.names.definitions(node))

    def operand(self, node: cst.BaseExpression) -> None:
        """Make an operand a tensor if it is an array and will not be one by itself."""
        value = self.region.facts.value(node) or self.guess(node)
        if value is None or value.kind != "array" or self.region.flow.is_tensor(node) or self.is_lifted(node):
            return
        self._done.add(node)
        self.to_tensor(node)

    def to_tensor(self, node: cst.BaseExpression) -> None:
        """Make this expression, an array, a tensor."""
        inner = self._stripped(node)
        if inner is not None:
            self.region.patch.unwrap(node, inner)
        elif self._is_made(node):
            self._make(node)
        elif (dtype := self._spelled(node)) is not None:
            self.region.patch.replace(*self.tree.offsets(node.func), self.region.patch.spelled("torch.tensor"))
            self.region.patch.after(self.tree.outer_offsets(node.args[0].value)[1], f", dtype={self.region.patch.spelled(dtype)}")
        elif isinstance(node, cst.Name) and self._at_source(node):
            return
        else:
            self.region.patch.wrap(node, "torch.as_tensor(", ")")

    def _stripped(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """The tensor inside ``y.numpy()``; a ``detach`` stays."""
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or node.args:
            return None
        return node.func.value if node.func.attr.value == "numpy" and not self.tree.qualified(node.func) else None

    def _is_made(self, node: cst.BaseExpression) -> bool:
        return isinstance(node, cst.Call) and self.tree.qualified(node.func) in MADE

    def _spelled(self, node: cst.BaseExpression) -> str | None:
        """The dtype of an array of numbers that the source spells out."""
        if not isinstance(node, cst.Call) or self.tree.qualified(node.func) not in ("numpy.array", "numpy.asarray"):
            return None
        if len(node.args) != 1 or not isinstance(node.args[0].value, (cst.List, cst.Tuple)):
            return None
        numbers = literal(self.tree.source(node.args[0].value))
        if numbers is UNKNOWN or not isinstance(numbers, (list, tuple)):
            return None
        flat = list(_leaves(numbers))
        return "torch.float64" if flat and all(type(n) in (int, float) for n in flat) and float in map(type, flat) else None

    def _make(self, node: cst.Call) -> None:
        name = self.tree.qualified(node.func)
        if name.endswith("_like") and not self.region.known(node.args[0].value)[1]:
            self.region.patch.wrap(node, "torch.as_tensor(", ")")
            return
        got = read(self.tree, node, name, numpy_torch.parameters, self.region.known, self.region.facts.value(node))
        changes = numpy_torch.rewrite(got[0]) if got else None
        if changes is None:
            self.region.patch.wrap(node, "torch.as_tensor(", ")")
        else:
            self.region.patch.apply(node, got[1], changes)

    # -- at the source ----------------------------------------------------------------------------

    def _at_source(self, node: cst.Name) -> bool:
        """Lift where the name is bound, if that is one place and every use of it allows a tensor."""
        bindings = self.region.names.definitions(node)
        if len(bindings) != 1:
            return False
        binding = bindings[0]
        if id(binding) not in self._bindings:
            self._bindings[id(binding)] = False
            self._bindings[id(binding)] = self._lift_binding(binding)
        return self._bindings[id(binding)]

    def _lift_binding(self, binding: Binding) -> bool:
        uses = self.region.names.uses(binding)
        if not all(self._allows(use) for use in uses):
            return False
        if binding.kind == "assign" and isinstance(binding.place, cst.Assign):
            if self._stripped(binding.value) is None and not self._is_made(binding.value):
                return False
            self.to_tensor(binding.value)
            return True
        return binding.kind == "param" and self._lift_arguments(binding)

    def _lift_arguments(self, binding: Binding) -> bool:
        function = binding.scope
        on, off = sites_of(self.region, function)
        sites = on if on and off else self.region.calls.sites(function)
        if not sites or self.region.calls.escapes(function):
            return False
        given = [self.region.calls.argument(call, binding, function) for call in sites]
        if any(a is None or not self._liftable(a.value) for a in given):
            return False
        for arg in given:
            if not self.region.flow.is_tensor(arg.value) and arg.value not in self._done:
                self._done.add(arg.value)
                self.to_tensor(arg.value)
        return True

    def _liftable(self, node: cst.BaseExpression) -> bool:
        if self.region.flow.is_tensor(node) or self._stripped(node) is not None or self._is_made(node):
            return True
        return isinstance(node, (cst.Name, cst.Attribute)) and bool(self.region.names.definitions(node))

    def _allows(self, use: cst.BaseExpression) -> bool:
        """Whether a tensor is as good here: an operand on the path, a look at the shape."""
        parent = self.tree.parent(use)
        if isinstance(parent, cst.Attribute) and parent.attr.value in _SAFE:
            return True
        value = self.region.facts.value(use)
        return value is not None and value.kind == "array" and self.region.flow._feeds(use)

    # -- names on the path that start as something else -------------------------------------------

    def binding(self, binding: Binding) -> None:
        """A name of the path that starts as an array beside it: a buffer, an accumulator."""
        if binding.kind != "assign" or not isinstance(binding.place, (cst.Assign, cst.AnnAssign)):
            return
        value = binding.value
        if self.region.flow.is_tensor(value) or value in self._done:
            return
        if self._is_made(value):
            self._done.add(value)
            self._make(value)
        elif self._is_array_source(value):
            self._done.add(value)
            self.to_tensor(value)

    def mixed(self, load: cst.BaseExpression) -> None:
        """A name that was an array beside the path when a step first ran, and is of the path at other times."""
        value = self.region.facts.value(load)
        if value is not None and value.kind == "array" and not value.on_path and self.region.flow.is_tensor(load):
            self._ensure(load, set())

    def _ensure(self, node: cst.BaseExpression, met: set[int]) -> None:
        for binding in self.region.names.definitions(node) if isinstance(node, cst.Name) else ():
            if id(binding) in met:
                continue
            met.add(id(binding))
            for value in self._given(binding):
                if self.region.flow.is_tensor(value):
                    self._ensure(value, met)
                elif value not in self._done and self.guess(value) != Value("number", "int"):
                    self._done.add(value)
                    self.to_tensor(value)

    def _given(self, binding: Binding) -> list[cst.BaseExpression]:
        """The expressions that a binding's value comes from."""
        if binding.kind == "assign":
            return [binding.value]
        if binding.kind != "param":
            return []
        on, off = sites_of(self.region, binding.scope)
        sites = on if on and off else self.region.calls.sites(binding.scope)
        args = (self.region.calls.argument(call, binding, binding.scope) for call in sites)
        return [a.value for a in args if a is not None]

    def _is_array_source(self, value: cst.BaseExpression) -> bool:
        if not isinstance(value, cst.Call):
            return False
        origin = self.tree.qualified(value.func) or ""
        if origin.startswith("numpy.") and not self.region.calls.callees(value):
            return True
        if isinstance(value.func, cst.Attribute) and value.func.attr.value in ("copy", "astype"):
            if dotted(value.func.value):
                return True
            raise GiveUp(f"where does it come from: {self.tree.source(value)}")
        return False


def _leaves(numbers):
    for number in numbers:
        if isinstance(number, (list, tuple)):
            yield from _leaves(number)
        else:
            yield number
