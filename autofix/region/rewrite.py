"""From numpy to torch along a path: every expression of a region rewritten, every neighbour kept working.

``Region(tree, break_).edits()`` gives the whole repair of one file. It raises ``GiveUp`` where something
on the path has no certain counterpart: no repair is better than a wrong one.
"""

from __future__ import annotations

import libcst as cst

from autofix import effects
from autofix.model import Break, Edit, Step, Value
from autofix.region import branches, exits, flags, numbers, reentry
from autofix.region.calls import calls_of
from autofix.region.dtypes import Dtypes
from autofix.region.facts import Facts
from autofix.region.flow import Flow
from autofix.region.lift import Lift
from autofix.region.names import Binding
from autofix.region.problem import GiveUp
from autofix.region.twins import twins
from autofix.tables import Changes, numpy_torch
from autofix.tables.patch import Patch
from autofix.tables.use import read
from autofix.tree import Tree, dotted
from autofix.unwrap import idle

LEAVES = frozenset(
    "torch.Tensor.numpy torch.Tensor.item torch.Tensor.__array__ torch.Tensor.tolist torch.Tensor.__float__ float torch.Tensor.__int__ int float.__round__".split()
)
SAME_DTYPE = frozenset(
    "numpy.dot numpy.matmul numpy.inner numpy.vdot numpy.ndarray.dot numpy.einsum numpy.tensordot numpy.linalg.solve "
    "numpy.linalg.multi_dot scipy.linalg.solve numpy.linalg.matmul numpy.vecdot".split()
)
_WIDTH = {"bool": 0, "int32": 1, "int64": 2, "float16": 3, "float32": 4, "float64": 5}


class Region:
    """The part of one file that a lost value flows through. ``precise``: keep float64 where numpy had it."""

    leaves, cuts, make_lift, suffix = LEAVES, effects.STOPS, Lift, "torch"

    def __init__(self, tree: Tree, break_: Break, precise: bool = False):
        self.tree, self.break_, self.precise = tree, break_, precise
        self.calls = calls_of(tree)
        self.names = self.calls.names
        self.facts = Facts(tree, break_)
        self.patch = Patch(tree)
        self.root = tree.expression_at(break_.span) if break_.span.path == tree.path else None
        self.chains = self._find_chains()
        self.flow = Flow(self.names, self.calls, self.facts, [*self.chains, *([self.root] if self.root else [])])
        self.lift = self.make_lift(self)
        self.dtypes = Dtypes(self)
        self.deviates = False
        self.on_cpu = False

    def exit_form(self, node: cst.BaseExpression, value: Value | None) -> str:
        """What to put behind a use that leaves the path."""
        return exits.form(self, node, value)

    def edits(self) -> tuple[Edit, ...]:
        """The repair of this file. Raises ``GiveUp`` or ``Overlap``."""
        self._promote()
        branches.join(self)
        for node in self._on_path():
            self._convert(node)
        for binding in list(self.flow.held.values()):
            self.lift.binding(binding)
        for load in self.names.loads:
            self.lift.mixed(load)
        for load in self.names.loads:
            if self._leaves_path(load):
                exits.leave(self, load)
            else:
                self._look(load)
        flags.drop(self)
        return twins(self, self.patch.edits())

    # -- what is on the path ----------------------------------------------------------------------

    def _on_path(self) -> list[cst.CSTNode]:
        nodes = [*self.facts.on, *(n for n in self.chains if n not in self.facts.on)]
        if self.root is not None and self.root not in nodes:
            nodes.append(self.root)
        size = {n: self.tree.offsets(n) for n in nodes}
        return sorted(nodes, key=lambda n: (size[n][1] - size[n][0], size[n]))

    def _promote(self) -> None:
        """What the run could not follow (a named tuple) though its result goes on along the path."""
        found = [n for n in self.facts.off if isinstance(n, cst.Call) and self.name_of(n) and self._goes_on(n)]
        for node in found:
            if any(self.flow.is_tensor(a.value) for a in node.args):
                self.facts.promote(node)
                for use in (u for b in self.names.all() if b.value is node for u in self.names.uses(b)):
                    self._join(use)
        if found:
            self.resettle()

    def resettle(self) -> None:
        """Follow the names again, now that more is known to be on the path."""
        self.flow = Flow(self.names, self.calls, self.facts, self.flow.seeds)

    def _goes_on(self, call: cst.Call) -> bool:
        """Whether names bound to this call are operands on the path."""
        places = [b for b in self.names.all() if b.value is call]
        return any(self._is_operand(use) for b in places for use in self.names.uses(b))

    def _join(self, node: cst.CSTNode) -> None:
        """Count the operators between this use and the path as part of it."""
        if not self._is_operand(node):
            return
        while (node := self.tree.parent(node)) not in self.facts.on:
            self.facts.on[node] = []

    def _is_operand(self, node: cst.CSTNode) -> bool:
        parent = self.tree.parent(node)
        if parent in self.facts.on:
            return True
        return isinstance(parent, (cst.BinaryOperation, cst.UnaryOperation)) and self._is_operand(parent)

    def _leaves_path(self, load: cst.CSTNode) -> bool:
        if load in self.chains or self._inside_chain(load):
            return False
        if not self.flow.is_tensor(load) or self.facts.value(load) is None and self._is_container(load):
            return False
        return self.flow.fate(load) == "exit"

    def _look(self, load: cst.CSTNode) -> None:
        """``a.size`` is a number in numpy and a method in torch."""
        parent = self.tree.parent(load)
        if isinstance(parent, cst.Attribute) and parent.value is load and parent.attr.value == "size":
            if not self.flow.is_tensor(load) or isinstance(self.tree.parent(parent), cst.Call):
                return
            value = exits.seen(self, load)
            if value is not None and value.kind == "array":
                self.patch.replace(*self.tree.offsets(parent.attr), "numel()")

    def _is_container(self, load: cst.CSTNode) -> bool:
        return any(self._makes_container(b.value) for b in self.names.definitions(load) if b.kind == "assign")

    def _makes_container(self, value: cst.BaseExpression | None, depth: int = 3) -> bool:
        if isinstance(value, (cst.List, cst.Tuple, cst.Dict, cst.Set, cst.ListComp, cst.SetComp, cst.DictComp)):
            return True
        if isinstance(value, cst.Call) and depth:
            returned = (r for f in self.calls.callees(value) for r in self.calls.returns(f))
            return any(self._makes_container(r, depth - 1) for r in returned)
        return isinstance(value, cst.Name) and depth > 0 and any(
            self._makes_container(b.value, depth - 1) for b in self.names.definitions(value) if b.kind == "assign"
        )

    def _inside_chain(self, load: cst.CSTNode) -> bool:
        return any(chain is load or inner is load for chain, inner in self.chains.items())

    # -- leaving torch: `.detach().numpy()` -------------------------------------------------------

    def _find_chains(self) -> dict[cst.CSTNode, cst.BaseExpression]:
        """Each outermost expression that only leaves torch, with the tensor inside it."""
        found: dict[cst.CSTNode, cst.BaseExpression] = {}
        for node, steps in self.facts.on.items():
            ops = {s.op for s in steps}
            if ops & self.leaves and isinstance(node, cst.Call) or node is self.root and self.break_.op in self.leaves | self.cuts:
                self._chain(node, found)
        if self.root is not None and self.root not in found and self.break_.op in self.leaves | self.cuts:
            self._chain(self.root, found)
        nested = {n for chain, inner in found.items() for n in self.between(chain, inner) if n is not chain}
        return {chain: inner for chain, inner in found.items() if chain not in nested}

    def _chain(self, node: cst.CSTNode, found: dict) -> None:
        inner = self._inner(node)
        if inner is not node:
            found[node] = inner

    def _inner(self, node: cst.BaseExpression) -> cst.BaseExpression:
        while True:
            if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
                name = node.func.attr.value
                if name not in ("numpy", "detach", "cpu", "item", "tolist", "__array__") and not _to_cpu(node):
                    return node
                node = node.func.value
            elif isinstance(node, cst.Attribute) and node.attr.value == "data":
                node = node.value
            elif isinstance(node, cst.Call) and dotted(node.func) in ("float", "int", "round") and node.args:
                node = spelled(node.args[0].value) or node.args[0].value
            else:
                return node

    def between(self, chain: cst.CSTNode, inner: cst.CSTNode | None = None) -> list[cst.CSTNode]:
        """The expressions from the tensor inside a chain to the chain itself."""
        found, node = [], inner or self.chains[chain]
        while node is not chain:
            node = self.tree.parent(node)
            found.append(node)
        return found

    def _strip(self, node: cst.BaseExpression) -> None:
        inner = self.chains[node]
        if (statement := idle(self.tree, node, inner)) is not None:
            edit = self.tree.delete_statement(statement)
            self.patch.replace(edit.start, edit.end, edit.text)
            return
        text = self.tree.text[self.tree.outer_offsets(inner)[1] : self.tree.offsets(node)[1]]
        self.on_cpu = self.on_cpu or "cpu" in text
        single = any(
            s.op in LEAVES - {"torch.Tensor.numpy", "torch.Tensor.__array__", "torch.Tensor.tolist"} and s.inputs[:1]
            and s.inputs[0].shape
            for n in [node, *self.between(node, inner)] for s in self.facts.on.get(n, ())
        )  # fmt: skip
        if not single and self.drop_if_idle(node, inner):
            return
        self.patch.unwrap(node, inner, single)
        if single:
            self.patch.after(self.tree.offsets(node)[1], ".squeeze()")

    def drop_if_idle(self, node: cst.BaseExpression, inner: cst.BaseExpression) -> bool:
        """Take the statement out where only ``x = x`` would stay."""
        if not self._is_idle(node, inner):
            return False
        self.drop(self.tree.enclosing(node, cst.SimpleStatementLine))
        return True

    def drop(self, statement: cst.SimpleStatementLine) -> None:
        edit = self.tree.delete_statement(statement)
        self.patch.replace(edit.start, edit.end, edit.text)

    def _is_idle(self, node: cst.BaseExpression, inner: cst.BaseExpression) -> bool:
        """Whether only ``x = x`` would stay."""
        statement = self.tree.parent(node)
        if not isinstance(statement, cst.Assign) or not isinstance(inner, cst.Name):
            return False
        line = self.tree.parent(statement)
        plain = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and line.trailing_whitespace.comment is None
        return plain and [dotted(t.target) for t in statement.targets] == [inner.value]

    # -- one expression ---------------------------------------------------------------------------

    def _convert(self, node: cst.CSTNode) -> None:
        if node in self.chains:
            self._strip(node)
            return
        if any(node in self.between(chain, inner) for chain, inner in self.chains.items()):
            return
        match node:
            case cst.Call():
                self._call(node)
            case cst.BinaryOperation() | cst.Comparison() | cst.UnaryOperation():
                self._operator(node)
            case cst.Subscript():
                self._subscript(node)
            case cst.Attribute():
                self._attribute(node)
            case cst.AugAssign():
                self._augmented(node)
            case cst.Name() | cst.BaseSmallStatement() | cst.List() | cst.Tuple() | cst.ListComp() | cst.GeneratorExp():
                pass
            case _:
                raise GiveUp(f"unknown on the path: {self.tree.source(node)}")

    def steps(self, node: cst.CSTNode) -> list[Step]:
        return self.facts.on.get(node, [])

    def name_of(self, node: cst.Call) -> str:
        """The name of the table that a call uses; empty where it uses none."""
        origin = self.tree.qualified(node.func) or ""
        if origin.startswith(effects.OTHER_LIBRARIES):
            return origin
        if origin or not isinstance(node.func, cst.Attribute):
            return ""
        receiver = self.facts.value(node.func.value)
        if receiver is None and node in self.facts.on and not self.steps(node):
            receiver = exits.seen(self, node.func.value)
        ops = [s.op for s in self.facts.on.get(node, self.facts.off.get(node, []))]
        if receiver is not None and receiver.kind in ("array", "scalar") or any(o.startswith("numpy.ndarray.") for o in ops):
            return f"numpy.ndarray.{node.func.attr.value}"
        return ""

    def _call(self, node: cst.Call) -> None:
        origin = self.tree.qualified(node.func) or ""
        ops = {s.op for s in self.steps(node)}
        if origin in reentry.NAMES or ops & reentry.NAMES:
            reentry.enter(self, node)
            return
        name = self.name_of(node)
        if name:
            self._table(node, name)
        elif ops and all(op.startswith("torch.") for op in ops):
            numbers.fit(self, node)
        elif dotted(node.func) == "round" or self._foreign(node, ops) and not self._handed(node, ops):
            raise GiveUp(f"no counterpart: {self.tree.source(node)}")

    def _handed(self, node: cst.Call, ops: set[str]) -> bool:
        """numpy's functions that are called under another name, handed around as values (``{"tanh": np.tanh}``): torch's
        go in their place, where these take the same arguments."""
        names = {op for op in ops if op.startswith(effects.OTHER_LIBRARIES) and "__" not in op}
        rows = {name: numpy_torch.row(name) for name in names}
        handed = {name: [n for n in self.tree.walk((cst.Attribute, cst.Name)) if self._is_value(n, name)] for name in names}
        if not all(row is not None and row.to and not row.special for row in rows.values()) or not all(handed.values()):
            return False
        for name, nodes in handed.items():
            for value in nodes:
                self.patch.replace(*self.tree.offsets(value), self.patch.spelled(rows[name].to))
        for arg in node.args:
            self.lift.operand(arg.value)
        return True

    def _is_value(self, node: cst.BaseExpression, name: str) -> bool:
        """Whether a function is named there and not called."""
        parent = self.tree.parent(node)
        called = isinstance(parent, cst.Call) and parent.func is node
        return not called and not isinstance(parent, (cst.ImportAlias, cst.Attribute)) and self.tree.qualified(node) == name

    def _foreign(self, node: cst.Call, ops: set[str]) -> bool:
        """numpy called under a name that the source does not show."""
        if self.calls.callees(node) or isinstance(node.func, cst.Name) and node.func.value in exits.BUILTINS:
            return False
        return any(op.startswith(effects.OTHER_LIBRARIES) and "__" not in op for op in ops)

    def known(self, node: cst.BaseExpression) -> tuple[Value | None, bool]:
        """What is known of an operand: its value in the run, and whether it will be a tensor."""
        if isinstance(node, cst.Attribute) and node.attr.value == "dtype" and self.flow.is_tensor(node.value):
            return None, True
        tensor = self.flow.is_tensor(node) or self.lift.is_lifted(node)
        value = self.facts.value(node) or self.lift.guess(node)
        if value is not None and value.kind in ("list", "tuple"):
            value = Value("other", value.dtype, value.shape, value.on_path)
        if value is not None and value.kind == "number" and tensor:
            value = Value("tensor", self.dtypes.of(node) or "float32", value.shape, True)
        if value is not None and value.kind == "tensor":
            tensor = True
        return value, tensor or self._is_given_to_root(node)

    def _is_given_to_root(self, node: cst.BaseExpression) -> bool:
        """The break itself, where it raised: what it was given was on the graph."""
        if self.root is None or self.root in self.facts.on or not isinstance(node, (cst.Name, cst.Attribute, cst.Subscript)):
            return False
        arg = self.tree.parent(node)
        return isinstance(arg, cst.Arg) and self.tree.parent(arg) is self.root and not self.tree.qualified(node)

    def _table(self, node: cst.BaseExpression, name: str) -> None:
        """Rewrite one use of a name in the table."""
        output = self.facts.value(node)
        got = read(self.tree, node, name, numpy_torch.parameters, self.known, output)
        changes = numpy_torch.rewrite(got[0]) if got is not None else None
        if got is None or changes is None:
            raise GiveUp(f"not in the table: {self.tree.source(node)}")
        _, places = got
        for place in places.values():
            self._lift_all(place.value if isinstance(place, cst.Arg) else place)
        if name in SAME_DTYPE:
            self._same_dtype([p.value if isinstance(p, cst.Arg) else p for p in places.values()])
        self.apply(node, places, changes)

    def _lift_all(self, node: cst.BaseExpression) -> None:
        """Lift an argument, or the items of a list of arguments."""
        if isinstance(node, (cst.List, cst.Tuple)):
            for element in node.elements:
                self._lift_all(element.value)
        else:
            self.lift.operand(node)

    def apply(self, node: cst.BaseExpression, places: dict[str, cst.CSTNode], changes: Changes) -> None:
        self.patch.apply(node, places, changes)

    # -- operators --------------------------------------------------------------------------------

    def _operator(self, node: cst.BaseExpression) -> None:
        operands = _operands(node)
        for operand in operands:
            self.lift.operand(operand)
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.MatrixMultiply):
            self._same_dtype(operands)
        elif self.dtypes.narrows(node):
            self.deviates = True
            if self.precise:
                self._widen(operands)

    def _widen(self, operands: list[cst.BaseExpression]) -> None:
        for operand in operands:
            if self.known(operand)[1] and self.dtypes.of(operand) == "float32":
                self.cast(operand, "float64")

    def _same_dtype(self, operands: list[cst.BaseExpression]) -> None:
        """torch's products want one dtype; numpy takes the wider."""
        arrays = [o for o in operands if self._is_operand_array(o)]
        found = {o: self.dtypes.of(o) for o in arrays}
        if len(set(found.values())) < 2:
            return
        if not set(found.values()) <= set(_WIDTH):
            raise GiveUp("a product of unknown dtypes")
        widest = max(found.values(), key=_WIDTH.__getitem__)
        for operand, dtype in found.items():
            if dtype != widest:
                self.cast(operand, widest)

    def _is_operand_array(self, node: cst.BaseExpression) -> bool:
        value, tensor = self.known(node)
        return tensor or value is not None and value.kind in ("array", "tensor")

    def cast(self, node: cst.BaseExpression, dtype: str) -> None:
        """Put a cast behind an operand."""
        bare = isinstance(node, (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.IfExp)) and not node.lpar
        self.patch.wrap(node, "(" if bare else "", (")" if bare else "") + cast_text(dtype))

    # -- subscripts, attributes, assignments ------------------------------------------------------

    def _subscript(self, node: cst.Subscript) -> None:
        parent = self.tree.parent(node)
        if isinstance(parent, (cst.AssignTarget, cst.AugAssign)):
            return
        steps = [e.slice.step for e in node.slice if isinstance(e.slice, cst.Slice) and e.slice.step is not None]
        if any(self.tree.source(step).lstrip().startswith("-") for step in steps):
            self._backwards(node)
        elif self._is_rewritten_buffer(node):
            self.patch.after(self.tree.offsets(node)[1], ".clone()")

    def _backwards(self, node: cst.Subscript) -> None:
        """torch has no negative step."""
        start, end = self.tree.outer_offsets(node.value)[1], self.tree.offsets(node)[1]
        if self.tree.text[start:end].replace(" ", "") != "[::-1]" or not self._is_array(node.value):
            raise GiveUp("a negative step")
        self.patch.replace(start, end, ".flip(0)")

    def _is_array(self, node: cst.BaseExpression) -> bool:
        value = self.facts.value(node)
        return value is not None and value.kind == "array"

    def _is_rewritten_buffer(self, node: cst.Subscript) -> bool:
        """An element read from a buffer that the same loop goes on filling: autograd needs its own copy."""
        name = dotted(node.value)
        for loop in (a for a in self.tree.ancestors(node) if isinstance(a, (cst.For, cst.While))):
            for target in self.tree.walk(cst.AssignTarget, loop):
                if isinstance(target.target, cst.Subscript) and name and dotted(target.target.value) == name:
                    return self._is_array(node.value)
        return False

    def _attribute(self, node: cst.Attribute) -> None:
        if self._is_array(node.value) or any(s.op.startswith("numpy.") for s in self.steps(node)):
            called = self.tree.parent(node)
            if not (isinstance(called, cst.Call) and called.func is node):
                self._table(node, f"numpy.ndarray.{node.attr.value}")

    def _augmented(self, node: cst.AugAssign) -> None:
        """``x += y`` on an array writes into it; a tensor on the graph gets a new value instead."""
        self.lift.operand(node.value)
        if isinstance(node.target, cst.Subscript):
            return
        plain = isinstance(node.operator, (cst.AddAssign, cst.SubtractAssign))
        if plain and self._starts_as_number(node.target):
            return
        start, end = self.tree.offsets(node.operator)
        operator = self.tree.text[start:end].strip()[:-1]
        self.patch.replace(start, end, self.tree.text[start:end].replace(f"{operator}=", f"= {self.tree.source(node.target)} {operator}"))
        if isinstance(node.value, (cst.BinaryOperation, cst.Comparison, cst.IfExp, cst.BooleanOperation)) and not node.value.lpar:
            self.patch.wrap(node.value, "(", ")")

    def _starts_as_number(self, target: cst.BaseExpression) -> bool:
        starts = [b for b in self.names.definitions(target) if b.kind != "augment"]
        return bool(starts) and all(is_number(b) for b in starts)


def is_number(binding: Binding) -> bool:
    value = binding.value
    if isinstance(value, cst.UnaryOperation):
        value = value.expression
    return binding.kind == "assign" and isinstance(value, (cst.Integer, cst.Float))


def cast_text(dtype: str) -> str:
    """``.float()``, ``.double()`` or ``.to(torch.int64)``."""
    return {"float32": ".float()", "float64": ".double()"}.get(dtype, f".to(torch.{dtype})")


def _to_cpu(call: cst.Call) -> bool:
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "to" or len(call.args) != 1:
        return False
    value = call.args[0].value
    return isinstance(value, cst.SimpleString) and value.evaluated_value == "cpu"


def spelled(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The number in a text that holds nothing else: ``f"{loss:.4f}"``, ``str(loss)``, ``"%.4f" % loss``."""
    if isinstance(node, cst.FormattedString):
        inner = [part for part in node.parts if isinstance(part, cst.FormattedStringExpression)]
        return inner[0].expression if len(node.parts) == len(inner) == 1 else None
    if isinstance(node, cst.Call) and len(node.args) == 1:
        text = node.func.value if isinstance(node.func, cst.Attribute) and node.func.attr.value == "format" else None
        return node.args[0].value if dotted(node.func) == "str" or isinstance(text, cst.SimpleString) else None
    percent = isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo)
    return node.right if percent and isinstance(node.left, cst.SimpleString) else None


def _operands(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    match node:
        case cst.BinaryOperation():
            return [node.left, node.right]
        case cst.Comparison():
            return [node.left, *(t.comparator for t in node.comparisons)]
        case cst.UnaryOperation():
            return [node.expression]
    return []
