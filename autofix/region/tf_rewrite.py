"""From numpy to TensorFlow along a path: the same walk as for torch, in TensorFlow's words.

Less is to be done than for torch: TensorFlow's functions take arrays beside tensors, and eager ``tf.constant(t)``
hands a tensor on. More is, where dtypes meet: TensorFlow never widens, and an array beside a float32 tensor must be
float32 too.
"""

from __future__ import annotations

import libcst as cst

from autofix.buffers import Buffer
from autofix.model import Break, Edit, Value
from autofix.region.lift import Lift
from autofix.region.names import Binding
from autofix.region.problem import GiveUp
from autofix.region.rewrite import Region
from autofix.tables import numpy_tf
from autofix.tables.use import read
from autofix.tree import Tree, dotted

CONSTRUCTORS = frozenset(["tensorflow.constant", "tensorflow.convert_to_tensor", "tensorflow.Variable", "tensorflow.cast"])
ASKING = frozenset(["gradient", "jacobian", "batch_jacobian", "watch", "apply_gradients"])
TO_ARRAY = frozenset(
    "numpy.array numpy.asarray keras.ops.convert_to_numpy tensorflow.keras.ops.convert_to_numpy tensorflow.keras.backend.get_value".split()
)
BUFFERS = frozenset(["numpy.zeros", "numpy.empty", "numpy.zeros_like", "numpy.empty_like", "numpy.ones", "numpy.full"])


class TfLift(Lift):
    """Arrays beside the path stay arrays, but for those that are filled with values of the path."""

    def is_lifted(self, node: cst.BaseExpression) -> bool:
        return False

    def operand(self, node: cst.BaseExpression) -> None:
        """An array is as good as a tensor."""

    def mixed(self, load: cst.BaseExpression) -> None:
        """So is one that is of the path at other times."""

    def binding(self, binding: Binding) -> None:
        value = binding.value
        if binding.kind == "assign" and isinstance(value, cst.Call) and self.tree.qualified(value.func) in BUFFERS:
            if not self.region.flow.is_tensor(value) and self.tree.parent(value) not in self.region.grown:
                raise GiveUp("a buffer: tensors cannot be written into")


class TfRegion(Region):
    """A region of a TensorFlow program."""

    leaves = frozenset(["tf.Tensor.numpy", "numpy.ndarray.tolist", "float", "numpy.array", "numpy.asarray", "tf:float", "tf:numpy.array", "tf:numpy.asarray"])
    cuts: frozenset[str] = frozenset()
    make_lift, suffix = TfLift, "tf"

    def __init__(self, tree: Tree, break_: Break, precise: bool = False):
        super().__init__(tree, break_, precise)
        self.dropped: set[cst.CSTNode] = set()
        self.grown: set[cst.CSTNode] = set()

    def edits(self) -> tuple[Edit, ...]:
        for node in self.facts.on:
            if isinstance(node, cst.Subscript) and isinstance(self.tree.parent(node), cst.AssignTarget):
                self._filled(node)
        return super().edits()

    def exit_form(self, node: cst.BaseExpression, value: Value | None) -> str:
        parent = self.tree.parent(node)
        call = self.tree.parent(parent) if isinstance(parent, cst.Arg) else None
        if isinstance(call, cst.Call) and dotted(call.func) in ("float", "int", "bool"):
            return ""
        if value is not None and value.kind == "tensor":
            return ""
        if isinstance(parent, cst.FormattedStringExpression) and parent.format_spec:
            return ""
        return ".numpy().item()" if value is not None and value.kind == "number" else ".numpy()"

    def _leaves_path(self, load: cst.CSTNode) -> bool:
        return not self._is_asked(load) and not self._was_target(load) and super()._leaves_path(load)

    def _was_target(self, load: cst.CSTNode) -> bool:
        """Whether a tape was given this very value as its target, further up: with plain numbers nothing came here."""
        calls = [c for c in self.tree.walk(cst.Call) if isinstance(c.func, cst.Attribute) and c.func.attr.value == "gradient" and c.args]
        for target in (call.args[0].value for call in calls):
            if isinstance(target, cst.Name) and self.tree.offsets(target) < self.tree.offsets(load):
                if {id(b) for b in self.names.definitions(target)} & {id(b) for b in self.names.definitions(load)}:
                    return True
        return False

    def _is_asked(self, load: cst.CSTNode) -> bool:
        """Whether a tape is asked for this: ``tape.gradient(loss, ...)`` wants the tensor itself."""
        parent = self.tree.parent(load)
        if isinstance(parent, cst.Attribute) and parent.attr.value == "numpy":
            return True
        call = next((n for n in self.tree.ancestors(load) if isinstance(n, cst.Call)), None)
        return call is not None and isinstance(call.func, cst.Attribute) and call.func.attr.value in ASKING

    # -- leaving TensorFlow -----------------------------------------------------------------------

    def _inner(self, node: cst.BaseExpression) -> cst.BaseExpression:
        while True:
            if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
                if node.func.attr.value not in ("numpy", "item", "tolist", "__array__"):
                    return node
                node = node.func.value
            elif isinstance(node, cst.Call) and self._is_plain_conversion(node):
                node = node.args[0].value
            else:
                return node

    def _is_plain_conversion(self, node: cst.Call) -> bool:
        """``float(t)``, ``np.array(t)``: of one tensor, and nothing else asked."""
        if len(node.args) != 1 or node.args[0].star or node.args[0].keyword:
            return False
        if isinstance(node.args[0].value, (cst.List, cst.Tuple, cst.ListComp, cst.GeneratorExp)):
            return False
        return dotted(node.func) == "float" or self.tree.qualified(node.func) in TO_ARRAY

    def _strip(self, node: cst.BaseExpression) -> None:
        inner = self.chains[node]
        if self._only_names_itself(node, inner):
            return
        single = any(
            s.op in ("float", "numpy.ndarray.item") and s.inputs[:1] and s.inputs[0].shape
            for n in [node, *self.between(node, inner)] for s in self.facts.on.get(n, ())
        )  # fmt: skip
        if not single and self.drop_if_idle(node, inner):
            return
        if not single and self._is_variable(inner) and not isinstance(self.tree.parent(node), (cst.BinaryOperation, cst.Arg, cst.Subscript)):
            self._as_tensor(node, inner)
            return
        self.patch.unwrap(node, inner)
        if single:
            self.patch.wrap(node, "tensorflow.reshape(", ", [])")

    def _only_names_itself(self, node: cst.BaseExpression, inner: cst.BaseExpression) -> bool:
        """``z = tf.constant(z.numpy())``: the whole line goes."""
        arg = self.tree.parent(node)
        call = self.tree.parent(arg) if isinstance(arg, cst.Arg) else None
        alone = isinstance(call, cst.Call) and len(call.args) == 1 and self.tree.qualified(call.func) in CONSTRUCTORS
        if not alone or not self.drop_if_idle(call, inner):
            return False
        self.dropped.add(call)
        return True

    def _is_variable(self, node: cst.BaseExpression) -> bool:
        """A variable in a name of its own would be another name for the variable: take its value."""
        if not isinstance(node, (cst.Name, cst.Attribute, cst.Subscript)):
            return False
        made = self.names.definitions(node) if isinstance(node, cst.Name) else []
        return not made or not all(self._is_tensor(binding) for binding in made)

    def _is_tensor(self, binding: Binding) -> bool:
        called = binding.value.func if binding.kind == "assign" and isinstance(binding.value, cst.Call) else None
        origin = self.tree.qualified(called) or "" if called is not None else ""
        return origin.startswith("tensorflow.") and not origin.endswith("Variable")

    def _as_tensor(self, node: cst.BaseExpression, inner: cst.BaseExpression) -> None:
        self.patch.replace(*self.tree.offsets(node), self.patch.spelled(f"tensorflow.convert_to_tensor({self.tree.source(inner)})"))

    # -- one expression ---------------------------------------------------------------------------

    def _call(self, node: cst.Call) -> None:
        origin = self.tree.qualified(node.func) or ""
        ops = {s.op for s in self.steps(node)}
        if self.tree.parent(node) in self.grown:
            return
        if ops & {"keras.Model.predict", "keras.Model.predict_on_batch"} and isinstance(node.func, cst.Attribute):
            self._predict(node)
        elif origin in CONSTRUCTORS:
            if node not in self.dropped:
                self._enter(node, origin)
        elif name := self.name_of(node):
            self._table(node, name)
        elif dotted(node.func) in ("round", "int") or self._foreign(node, ops):
            raise GiveUp(f"no counterpart: {self.tree.source(node)}")

    def _predict(self, node: cst.Call) -> None:
        if not node.args or node.args[0].star or node.args[0].keyword:
            raise GiveUp("predict without plain data")
        model, data = self.tree.outer_offsets(node.func.value), self.tree.outer_offsets(node.args[0].value)
        self.patch.replace(model[1], data[0], "(")
        self.patch.replace(data[1], self.tree.offsets(node)[1], ")")

    def _enter(self, node: cst.Call, origin: str) -> None:
        """Coming back: ``tf.constant(p)`` of a tensor hands it on, of another dtype it must cast."""
        if not node.args or node.args[0].star:
            raise GiveUp("no data")
        data = node.args[0].value
        dtypes = [a.value for a in node.args[1:] if a.keyword is None or a.keyword.value == "dtype"]
        if origin == "tensorflow.cast" or not self.flow.is_tensor(data):
            return
        if isinstance(data, (cst.List, cst.Tuple, cst.ListComp)):
            self._rename(node, "stack", dtypes, node.args[1:])
        elif dtypes:
            self._rename(node, "cast", [], [a for a in node.args[1:] if a.value is not dtypes[0]])
        elif not self.drop_if_idle(node, data):
            self.patch.unwrap(node, data)

    def _rename(self, node: cst.Call, name: str, cast: list, gone: list[cst.Arg]) -> None:
        self.patch.replace(*self.tree.offsets(node.func), self.patch.spelled(f"tensorflow.{name}"))
        if gone:
            self.patch.replace(self.tree.outer_offsets(node.args[0].value)[1], self.tree.outer_offsets(gone[-1].value)[1], "")
        if cast:
            self.patch.wrap(node, "tensorflow.cast(", f", {self.tree.source(cast[0])})")

    def _table(self, node: cst.BaseExpression, name: str) -> None:
        got = read(self.tree, node, name, numpy_tf.parameters, self.known, self.facts.value(node))
        changes = numpy_tf.rewrite(got[0]) if got is not None else None
        if got is None or changes is None:
            raise GiveUp(f"not in the table: {self.tree.source(node)}")
        places = got[1]
        self._narrow([place.value if isinstance(place, cst.Arg) else place for place in places.values()])
        self.apply(node, places, changes)

    def _narrow(self, operands: list[cst.CSTNode]) -> None:
        """A float64 array given beside a float32 tensor: TensorFlow wants one dtype."""
        dtype = self._dtype()
        tensors = [o for o in operands if self.flow.is_tensor(o)]
        for operand in operands if tensors else ():
            value = self.facts.value(operand)
            if value is not None and value.kind in ("array", "scalar") and not self.flow.is_tensor(operand):
                if value.dtype.startswith("float") and value.dtype != dtype:
                    self.patch.wrap(operand, "tensorflow.cast(", f", tensorflow.{dtype})")

    def _dtype(self) -> str:
        """The dtype of the tensor that left."""
        values = (v for s in self.break_.steps if s.on_path for v in s.inputs if v.kind == "tensor")
        return next((v.dtype for v in values if v.dtype.startswith("float")), "float32")

    # -- operators, subscripts, attributes --------------------------------------------------------

    def _operator(self, node: cst.BaseExpression) -> None:
        """``array * tensor`` is a tensor; ``array @ tensor`` too."""

    def _look(self, load: cst.CSTNode) -> None:
        parent = self.tree.parent(load)
        if isinstance(parent, cst.Attribute) and parent.value is load and parent.attr.value == "size":
            if self.flow.is_tensor(load) and not isinstance(self.tree.parent(parent), cst.Call):
                raise GiveUp("the size of a tensor")

    def _subscript(self, node: cst.Subscript) -> None:
        parent = self.tree.parent(node)
        if isinstance(parent, cst.AugAssign):
            raise GiveUp("tensors cannot be written into")
        if isinstance(parent, cst.AssignTarget):
            return
        keys = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
        if len(keys) == len(node.slice) == 2 and self._counts_rows(keys[0]):
            self._gather(node, keys[1], "gather", ", axis=1, batch_dims=1")
            return
        found = [key for key in keys if self._is_index_array(key)]
        if len(found) == len(node.slice) == 1:
            value = self.facts.value(found[0])
            self._gather(node, found[0], "boolean_mask" if value is not None and value.dtype == "bool" else "gather", "")
        elif found:
            raise GiveUp("an index array among others")

    def _filled(self, item: cst.Subscript) -> None:
        """``out[i] = t``: no tensor can be written into, but a list can grow."""
        buffer = Buffer.of(self.tree, item)
        if buffer is None or self.tree.qualified(getattr(buffer.made.value, "func", buffer.made.value)) not in BUFFERS:
            raise GiveUp("tensors cannot be written into")
        if buffer.made not in self.grown:
            self.grown.add(buffer.made)
            for edit in buffer.edits(self.patch.spell("tensorflow")):
                self.patch.replace(edit.start, edit.end, edit.text)

    def _counts_rows(self, key: cst.BaseExpression) -> bool:
        name = self.tree.qualified(key.func) or dotted(key.func) if isinstance(key, cst.Call) else ""
        return name in ("numpy.arange", "range", "tensorflow.range")

    def _is_index_array(self, key: cst.BaseExpression) -> bool:
        value = self.facts.value(key)
        if isinstance(key, cst.Comparison):
            return False  # tensors take masks of their own
        return isinstance(key, cst.List) or value is not None and value.kind == "array"

    def _gather(self, node: cst.Subscript, key: cst.BaseExpression, name: str, more: str) -> None:
        """``x[rows, columns]`` → ``tf.gather(x, columns, axis=1, batch_dims=1)``."""
        self.patch.before(self.tree.outer_offsets(node.value)[0], self.patch.spelled(f"tensorflow.{name}") + "(")
        self.patch.replace(self.tree.outer_offsets(node.value)[1], self.tree.outer_offsets(key)[0], ", ")
        self.patch.replace(self.tree.outer_offsets(key)[1], self.tree.offsets(node)[1], f"{more})")

    def _attribute(self, node: cst.Attribute) -> None:
        called = self.tree.parent(node)
        if isinstance(called, cst.Call) and called.func is node or node.attr.value in ("shape", "ndim", "dtype"):
            return
        if self._is_array(node.value) or any(s.op.startswith("numpy.") for s in self.steps(node)):
            self._table(node, f"numpy.ndarray.{node.attr.value}")

    def _augmented(self, node: cst.AugAssign) -> None:
        if isinstance(node.target, cst.Subscript):
            raise GiveUp("tensors cannot be written into")
