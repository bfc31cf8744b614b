"""Where the mended value goes: which names will hold tensors, and what becomes of each use of them.

The run tells which operators and calls are on the path; this module tells it for what no run records:
names, containers, arguments, returns. A use is one of

``stay``   it goes on along the path
``leave``  it is only looked at, where a tensor is as good (a comparison, a shape)
``exit``   it leaves the path for code that wants what it got before (numpy, a print, a plot)
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from autofix.region.calls import Calls
from autofix.region.facts import Facts
from autofix.region.names import Binding, Function, Names
from autofix.tree import dotted

CARRIERS = frozenset("map zip list tuple enumerate reversed sum iter next sorted dict set filter abs max min pow".split())
LOOKS = frozenset("isinstance len id type hasattr callable".split())
GROWERS = frozenset("append extend insert add update setdefault appendleft put push".split())
HARMLESS = frozenset(
    "backward item tolist shape ndim dtype device requires_grad requires_grad_ grad grad_fn retain_grad detach "
    "is_leaf data cpu cuda to dim size numel register_hook".split()
)
TENSOR_ONLY = frozenset("backward grad grad_fn retain_grad requires_grad requires_grad_ register_hook".split())
FRAMEWORKS = ("torch.", "tf.", "keras.")
DIFFERENTIATES = ("torch.autograd.grad", "torch.autograd.backward")
_WRAPPERS = (cst.Tuple, cst.List, cst.Set, cst.Dict, cst.IfExp, cst.NamedExpr, cst.Await)
_ELEMENTS = (cst.Element, cst.StarredElement, cst.DictElement, cst.StarredDictElement)
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


class Flow:
    """Names and uses of one file under one break."""

    def __init__(self, names: Names, calls: Calls, facts: Facts, seeds: Iterable[cst.CSTNode]):
        self.names, self.calls, self.facts, self.tree = names, calls, facts, names.tree
        self.seeds = set(seeds)
        self.held: dict[int, Binding] = {}
        self._fates: dict[cst.CSTNode, str] = {}
        self._busy: set = set()
        self._settle()

    # -- which expressions will be tensors --------------------------------------------------------

    def is_tensor(self, node: cst.CSTNode | None) -> bool:
        """Whether this expression, no tensor on the graph before, is one once the region is mended."""
        if node is None:
            return False
        if node in self.seeds or self._is_path(node):
            return True
        key = ("tensor", node)
        if key in self._busy:
            return False
        self._busy.add(key)
        try:
            return self._is_tensor(node)
        finally:
            self._busy.discard(key)

    def _is_path(self, node: cst.CSTNode) -> bool:
        steps = self.facts.on.get(node)
        if not steps or all(s.op.startswith(FRAMEWORKS) and s.op not in _EXITS for s in steps):
            return False
        return True

    def _is_tensor(self, node: cst.CSTNode) -> bool:
        if node in self.facts.on:
            return any(self.is_tensor(o) for o in children(node))
        match node:
            case cst.Name():
                return any(id(b) in self.held for b in self.names.definitions(node))
            case cst.Attribute():
                return any(id(b) in self.held for b in self.names.definitions(node))
            case cst.Subscript():
                return self.is_tensor(node.value)
            case cst.Tuple() | cst.List() | cst.Set():
                return any(self.is_tensor(e.value) for e in node.elements)
            case cst.Dict():
                return any(self.is_tensor(getattr(e, "value", None)) for e in node.elements)
            case cst.IfExp():
                return self.is_tensor(node.body) or self.is_tensor(node.orelse)
            case cst.NamedExpr():
                return self.is_tensor(node.value)
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp():
                return self.is_tensor(node.elt)
            case cst.Call() if not self.facts.is_step(node):
                return self._is_tensor_call(node)
        return False

    def _is_tensor_call(self, node: cst.Call) -> bool:
        callees = self.calls.callees(node)
        if callees:
            return any(self._given(node, f) and self._returns(r) for f in callees for r in self.calls.returns(f))
        name = dotted(node.func)
        if name in CARRIERS:
            return any(self.is_tensor(a.value) for a in node.args)
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in ("values", "items", "copy"):
            return self.is_tensor(node.func.value)
        return False

    def _returns(self, value: cst.BaseExpression) -> bool:
        """Whether a returned expression hands a tensor out (it may be given back as an array instead)."""
        loaded = isinstance(value, (cst.Name, cst.Attribute, cst.Subscript))
        return self.is_tensor(value) and not (loaded and self.fate(value) == "exit")

    def _given(self, call: cst.Call, function: Function) -> bool:
        """Whether this call hands the path's values in, if the function takes them by its parameters."""
        params = [b for b in self.held.values() if b.kind == "param" and b.scope is function]
        if not params or any(a.star for a in call.args):
            return True
        given = (self.calls.argument(call, p, function) for p in params)
        return any(a is not None and self.is_tensor(a.value) for a in given)

    def _settle(self) -> None:
        for binding in self.names.all():
            if any(self._seen_on_path(use) for use in self.names.uses(binding)):
                self.held[id(binding)] = binding
        changed = True
        while changed:
            changed = False
            for binding in self.names.all():
                if id(binding) not in self.held and self._receives(binding):
                    self.held[id(binding)] = binding
                    changed = True

    def _seen_on_path(self, use: cst.BaseExpression) -> bool:
        """Whether a run saw a lost value (no tensor any more) under this name, on its way to the root."""
        value = self.facts.value(use)
        if value is None or not self._feeds(use):
            return False
        return value.on_path and value.kind in ("array", "scalar", "number") or value.kind in ("list", "tuple")

    def _feeds(self, use: cst.CSTNode) -> bool:
        """Whether this is an operand of a step on the path."""
        parent = self.tree.parent(use)
        while isinstance(parent, (cst.Arg, cst.Attribute, cst.ComparisonTarget, cst.Element, cst.List, cst.Tuple)):
            if parent in self.facts.on:
                return True
            parent = self.tree.parent(parent)
        return parent in self.facts.on

    def _receives(self, binding: Binding) -> bool:
        """Whether a binding's value comes from a tensor of the region."""
        match binding.kind:
            case "assign" | "augment":
                return self.is_tensor(binding.value) or self._is_filled(binding)
            case "item":
                return self._item_is_tensor(binding)
            case "loop":
                return self._looped_is_tensor(binding)
            case "param":
                function = binding.scope
                given = (self.calls.argument(c, binding, function) for c in self.calls.sites(function))
                return self.live(binding) and any(a is not None and self.is_tensor(a.value) for a in given)
        return False

    def _is_filled(self, binding: Binding) -> bool:
        """Whether values of the path are written into this array, or put into this list, on their way."""
        return any(self._takes_in(use) for use in self.names.uses(binding)) and self.live(binding)

    def _takes_in(self, use: cst.BaseExpression) -> bool:
        parent = self.tree.parent(use)
        target = self.tree.parent(parent)
        if isinstance(parent, cst.Subscript) and isinstance(target, cst.AssignTarget):
            return self.is_tensor(self.tree.parent(target).value)
        if isinstance(parent, cst.Attribute) and parent.attr.value in GROWERS and isinstance(target, cst.Call):
            return any(self.is_tensor(a.value) for a in target.args)
        return False

    def _item_is_tensor(self, binding: Binding) -> bool:
        value = binding.value
        if isinstance(value, (cst.Tuple, cst.List)) and 0 <= binding.index < len(value.elements):
            return self.is_tensor(value.elements[binding.index].value)
        if isinstance(value, cst.Call) and not self.facts.is_step(value):
            callees = self.calls.callees(value)
            returned = [r for f in callees if self._given(value, f) for r in self.calls.returns(f)]
            if callees and not returned:
                return False
            plain = [r for r in returned if isinstance(r, cst.Tuple) and 0 <= binding.index < len(r.elements)]
            if returned and len(plain) == len(returned):
                return any(self._returns(r.elements[binding.index].value) for r in plain)
        return self.is_tensor(value)

    def _looped_is_tensor(self, binding: Binding) -> bool:
        target = binding.place.target
        if isinstance(target, cst.Tuple) and isinstance(binding.value, cst.Call):
            return self._zipped(binding, target)
        return self.is_tensor(binding.value)

    def _zipped(self, binding: Binding, target: cst.Tuple) -> bool:
        """``for i, v in enumerate(xs)``, ``for a, b in zip(xs, ys)``: each name its own iterable."""
        spot = next((k for k, e in enumerate(target.elements) if dotted(e.value) == binding.name), -1)
        args, name = binding.value.args, dotted(binding.value.func)
        if isinstance(binding.value.func, cst.Attribute) and binding.value.func.attr.value == "items":
            return spot == 1 and self.is_tensor(binding.value)
        if name == "enumerate":
            return spot == 1 and self.is_tensor(args[0].value)
        if name == "zip" and 0 <= spot < len(args):
            return self.is_tensor(args[spot].value)
        return self.is_tensor(binding.value)

    # -- what becomes of a use --------------------------------------------------------------------

    def live(self, binding: Binding) -> bool:
        """Whether some use of this binding goes on along the path."""
        key = ("live", id(binding))
        if key in self._busy:
            return False
        self._busy.add(key)
        try:
            return any(self.fate(use) == "stay" for use in self.names.uses(binding))
        finally:
            self._busy.discard(key)

    def fate(self, node: cst.CSTNode) -> str:
        """``stay``, ``leave`` or ``exit``."""
        if node in self._fates:
            return self._fates[node]
        key = ("fate", node)
        if key in self._busy:
            return "exit"
        self._busy.add(key)
        try:
            found = self._fate(node, self.tree.parent(node))
        finally:
            self._busy.discard(key)
        if not any(k[0] in ("fate", "live") for k in self._busy):
            self._fates[node] = found
        return found

    def _fate(self, node: cst.CSTNode, parent: cst.CSTNode | None) -> str:
        if parent in self.facts.on:
            return "stay"
        match parent:
            case cst.Arg():
                return self._argument(node, parent, self.tree.parent(parent))
            case cst.Attribute():
                return self._attribute(parent)
            case cst.Subscript() if parent.value is node:
                return self._subscript(parent)
            case cst.Index():
                return "leave" if self.tree.parent(self.tree.parent(parent)) in self.facts.on else "exit"
            case cst.Assign() | cst.AnnAssign() | cst.NamedExpr():
                return self._assigned(node, parent)
            case cst.AugAssign():
                return self._bindings_fate(self.names.at(parent))
            case cst.For() | cst.CompFor() if parent.iter is node:
                return self._bindings_fate(self.names.at(parent))
            case cst.Return() | cst.Yield():
                return self._returned(parent)
            case cst.Lambda():
                return self._any(self.fate(c) for c in self.calls.sites(parent))
            case cst.Element() if self._returned_item(parent) is not None:
                return self._returned_item(parent)
            case cst.IfExp() if parent.test is node:
                return "leave"
            case _ if isinstance(parent, (*_ELEMENTS, *_WRAPPERS, *_COMPREHENSIONS, cst.From)):
                return self.fate(parent)
            case cst.ComparisonTarget():
                return self._compared(self.tree.parent(parent))
            case cst.Comparison():
                return self._compared(parent)
            case cst.Expr() | cst.BooleanOperation() | cst.If() | cst.While() | cst.Assert() | cst.Del():
                return "leave"
            case cst.UnaryOperation() if isinstance(parent.operator, cst.Not):
                return "leave"
            case cst.BinaryOperation() | cst.UnaryOperation() if parent not in self.facts.off and self._came_back(node):
                return "leave"  # the run ended before it came here: a tensor it was, and a tensor it stays
        return "exit"

    def _came_back(self, node: cst.CSTNode | None, depth: int = 4) -> bool:
        """Whether this name, or what this function returns, was a tensor again before the region was mended."""
        if node is None or not depth:
            return False
        if isinstance(node, cst.Name):
            sources = [b.value for b in self.names.definitions(node) if b.kind == "assign"]
        elif isinstance(node, cst.Call):
            sources = [r for f in self.calls.callees(node) for r in self.calls.returns(f)]
        else:
            sources = []
        return any(self._was_tensor(source) or self._came_back(source, depth - 1) for source in sources)

    def _any(self, fates: Iterable[str]) -> str:
        return "stay" if any(f == "stay" for f in fates) else "exit"

    def _bindings_fate(self, bindings: Iterable[Binding]) -> str:
        return "stay" if any(self.live(b) for b in bindings) else "exit"

    def _argument(self, node: cst.CSTNode, arg: cst.Arg, call: cst.CSTNode) -> str:
        if not isinstance(call, cst.Call):
            return "exit"
        if call in self.facts.on:
            return "stay"
        if call in self.facts.off and not self._torch_step(call):
            return "exit"
        callees = self.calls.callees(call)
        if callees:
            return self._passed(arg, call, callees)
        name = dotted(call.func)
        origin = self.tree.qualified(call.func) or ""
        if origin.startswith(DIFFERENTIATES):
            return "stay"
        if name in CARRIERS:
            return self.fate(call)
        if name in LOOKS:
            return "leave"
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in GROWERS:
            return "stay" if self.is_tensor(call.func.value) or self._wanted(call.func.value) else "exit"
        if origin.split(".")[0] in ("torch", "tensorflow", "keras") and (self._was_tensor(node) or self._came_back(node)):
            return "leave"
        return "exit"

    def _wanted(self, container: cst.BaseExpression) -> bool:
        """Whether a container's contents go on along the path."""
        return any(self.live(b) for b in self.names.definitions(container))

    def _torch_step(self, call: cst.CSTNode) -> bool:
        return all(s.op.startswith(FRAMEWORKS) for s in self.facts.off[call])

    def _was_tensor(self, node: cst.CSTNode) -> bool:
        value = self.facts.value(node)
        return value is not None and value.kind == "tensor"

    def _passed(self, arg: cst.Arg, call: cst.Call, callees: list[Function]) -> str:
        for function in callees:
            param = self.calls.parameter(call, arg, function)
            if param is None and (arg.star or any(a.star for a in call.args)):
                if any(self.live(b) for b in self.names.all() if b.scope is function and b.kind == "param"):
                    return "stay"
            elif param is not None and self.live(param):
                return "stay"
        return "exit"

    def _attribute(self, attribute: cst.Attribute) -> str:
        called, name = self.tree.parent(attribute), attribute.attr.value
        if isinstance(called, cst.Call) and called.func is attribute:
            return self._method(called, name)
        if name in TENSOR_ONLY:
            return "stay"
        if name == "shape" and isinstance(called, (cst.Arg, cst.FormattedStringExpression)):
            return "exit"
        return "leave" if name in HARMLESS else "exit"

    def _method(self, call: cst.Call, name: str) -> str:
        if call in self.facts.on or name in TENSOR_ONLY:
            return "stay"
        if name in ("values", "items"):
            return self.fate(call)
        if name in HARMLESS or name in GROWERS or name == "keys":
            return "leave"
        if call in self.facts.off and self._torch_step(call) and not _leaves(call):
            return "leave"
        return "exit"

    def _subscript(self, node: cst.Subscript) -> str:
        parent = self.tree.parent(node)
        if isinstance(parent, (cst.AssignTarget, cst.AugAssign, cst.Del)):
            return "leave"
        return self.fate(node)

    def _assigned(self, node: cst.CSTNode, statement: cst.CSTNode) -> str:
        bindings = self.names.at(statement)
        if isinstance(node, (cst.Tuple, cst.List)) and any(b.kind == "item" for b in bindings):
            return "stay"
        if not bindings:
            return self._stored(statement)
        found = self._bindings_fate(bindings)
        if found == "exit" and isinstance(statement, cst.NamedExpr):
            return self.fate(statement)
        return found

    def _stored(self, statement: cst.CSTNode) -> str:
        """``buffer[i] = value``, ``obj.x = value``."""
        targets = [t.target for t in statement.targets] if isinstance(statement, cst.Assign) else [statement.target]
        for target in targets:
            if target in self.facts.on:
                return "stay"
            base = target.value if isinstance(target, (cst.Subscript, cst.Attribute)) else None
            if base is not None and (self.is_tensor(base) or self._wanted(base)):
                return "stay"
        return "exit"

    def _compared(self, node: cst.CSTNode) -> str:
        value = self.facts.value(node)
        if node in self.facts.on:
            return "stay"
        parent = self.tree.parent(node)
        tested = isinstance(parent, (cst.If, cst.While, cst.IfExp, cst.BooleanOperation, cst.Assert))
        return "leave" if tested or value is not None and value.shape == () else "exit"

    def _returned(self, node: cst.CSTNode) -> str:
        function = self.tree.enclosing(node, (cst.FunctionDef, cst.Lambda))
        sites = self.calls.sites(function) if function is not None else []
        if not sites or isinstance(node, cst.Yield) or any(r in self.facts.on for r in self.calls.returns(function)):
            return "stay"
        return self._any(self.fate(call) for call in sites)

    def _returned_item(self, element: cst.Element) -> str | None:
        """``return loss, curve``: each item has the fate of the name it is unpacked into."""
        whole = self.tree.parent(element)
        statement = self.tree.parent(whole)
        if isinstance(statement, cst.Assign) and isinstance(whole, cst.Tuple):
            return self._unpacked(statement, list(whole.elements).index(element))
        if not isinstance(whole, cst.Tuple) or not isinstance(statement, cst.Return):
            return None
        function = self.tree.enclosing(statement, cst.FunctionDef)
        sites = self.calls.sites(function) if function is not None else []
        fates = []
        for call in sites:
            assignment = self.tree.parent(call)
            items = self._unpacked(assignment, list(whole.elements).index(element)) if assignment else None
            if items is None:
                return None
            fates.append(items)
        return self._any(fates) if fates else None

    def _unpacked(self, statement: cst.CSTNode, index: int) -> str | None:
        items = [b for b in self.names.at(statement) if b.kind == "item" and b.index == index]
        return self._bindings_fate(items) if items else None


_EXITS = frozenset(
    "tf.Tensor.numpy keras.Model.predict torch.Tensor.numpy torch.Tensor.item torch.Tensor.tolist torch.Tensor.__array__ torch.Tensor.__float__".split()
)


def _leaves(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in ("numpy", "__array__")


def children(node: cst.CSTNode) -> Iterable[cst.CSTNode]:
    """The operands of an expression that may come from the region."""
    match node:
        case cst.Call():
            if isinstance(node.func, cst.Attribute):
                yield node.func.value
            for arg in node.args:
                yield arg.value
        case cst.BinaryOperation():
            yield from (node.left, node.right)
        case cst.UnaryOperation():
            yield node.expression
        case cst.Comparison():
            yield node.left
            yield from (t.comparator for t in node.comparisons)
        case cst.Attribute() | cst.Subscript():
            yield node.value
        case cst.ListComp() | cst.GeneratorExp():
            yield node.elt
        case cst.AugAssign():
            yield from (node.target, node.value)
