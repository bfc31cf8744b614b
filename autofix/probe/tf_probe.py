"""TensorFlow and Keras under the probe: what flows where in eager code, what tapes see, what is asked of them.

Every eager operation goes through ``TFE_Py_FastPathExecute`` or ``TFE_Py_Execute``: both are watched, as are
conversions from numpy and Python. ``tf.function`` bodies run eagerly, so that they are seen line by line.
"""

from __future__ import annotations

import dis
import math
import re
import sys
import threading
import weakref
from collections import Counter

import keras
import numpy
import tensorflow as tf
from keras.src.backend.common.variables import Variable as KerasVariable
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import core
from tensorflow.python.framework import constant_op, op_def_registry, ops
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from autofix.probe.holding import Holding
from autofix.probe.lineage import Source, bits
from autofix.probe.places import OURS
from autofix.probe.sketch import along, numbers
from autofix.probe.tape_paths import ALL, Node, Tape, cuts_of_values, first_uses, parts_cut, way
from autofix.probe.tf_names import TfNames
from autofix.probe.tracked import Tracking, bare
from autofix.probe.watch import Watch

EagerTensor = ops.EagerTensor
VARIABLES = (BaseResourceVariable, KerasVariable)
OPAQUE = (tf.resource, tf.variant)
_records = pywrap_tfe.TFE_Py_TapeSetShouldRecordBackprop
_convert = constant_op.convert_to_eager_tensor
_fast, _execute = pywrap_tfe.TFE_Py_FastPathExecute, pywrap_tfe.TFE_Py_Execute
_plain_array, _plain_sum = numpy.asarray, numpy.sum

NO_DATA = frozenset(
    ["Shape", "ShapeN", "Rank", "Size", "ZerosLike", "OnesLike", "VarHandleOp", "VarIsInitializedOp", "VariableShape", "DestroyResourceOp", "BroadcastGradientArgs", "PrintV2", "Assert"]
)
STOPS = frozenset(["StopGradient", "PreventGradient", "PyFunc", "PyFuncStateless"])
ROUNDING = frozenset(["Round", "Sign", "Floor", "Ceil", "Rint", "FloorDiv"])
WRITES = ("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp", "ResourceScatter", "ResourceStridedSliceAssign")
API = {
    "StopGradient": "tf.stop_gradient", "ArgMax": "tf.argmax", "ArgMin": "tf.argmin", "Cast": "tf.cast", "Round": "tf.round",
    "Sign": "tf.sign", "Floor": "tf.floor", "Ceil": "tf.math.ceil", "Rint": "tf.math.rint", "FloorDiv": "tf.math.floordiv",
    "PyFunc": "tf.numpy_function", "PyFuncStateless": "tf.numpy_function", "EagerPyFunc": "tf.py_function",
    "Greater": "tf.greater", "GreaterEqual": "tf.greater_equal", "Less": "tf.less", "LessEqual": "tf.less_equal",
    "Equal": "tf.equal", "NotEqual": "tf.not_equal", "AsString": "tf.as_string", "StringFormat": "tf.strings.format", "TopKV2": "tf.math.top_k", "Where": "tf.where",
    "SelectV2": "tf.where", "Mean": "tf.reduce_mean", "Sum": "tf.reduce_sum", "Max": "tf.reduce_max", "Min": "tf.reduce_min",
    "AddV2": "tf.add", "Mul": "tf.multiply", "Sub": "tf.subtract", "RealDiv": "tf.divide", "MatMul": "tf.matmul",
    "Categorical": "tf.random.categorical", "Multinomial": "tf.random.categorical", "Bucketize": "tf.raw_ops.Bucketize",
}  # fmt: skip


class TfProbe:
    """Follows the values of the main thread."""

    def __init__(self, watch: Watch, tracking: Tracking, nudge: dict, hold: Holding, enough, limit: int, calls: int):
        self.watch, self.tracking, self.enough, self.limit, self.calls = watch, tracking, enough, limit, calls
        self.thread = threading.get_ident()
        self.nudge, self.hold = nudge, hold
        self.by_use = {push["use"]: push for push in nudge.values()}
        self.names = TfNames(watch, key_of, keras.layers.Layer, tf.Module)
        self.tapes: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self.recording = 0
        self.visits: Counter = Counter()
        self.arrays: dict[int, tuple] = {}
        self.copies: dict[int, list[int]] = {}
        self._reads: dict[int, list[int]] = {}
        self._inputs: dict[str, int] = {}
        self._operators: dict = {}
        self._join_watch()

    def _join_watch(self) -> None:
        """The common record learns what a tensor of ours is."""
        watch = self.watch
        is_tensor, facts_of, body_of = watch.is_tensor, watch.facts_of, watch.body_of
        watch.is_tensor = lambda value: isinstance(value, (EagerTensor, *VARIABLES)) or is_tensor(value)
        watch.facts_of = lambda value: facts(value) if isinstance(value, (EagerTensor, *VARIABLES)) else facts_of(value)
        watch.body_of = lambda value: handle(value) if isinstance(value, VARIABLES) else body_of(value)
        watch.takes_over = lambda value: isinstance(value, (EagerTensor, *VARIABLES))
        watch.derive = self.derive
        watch.named = self.named

    def named(self, op: str, inputs) -> str:
        """``numpy.exp`` of one of our tensors is ``tf:numpy.exp``: other rules know how to mend it."""
        ours = any(isinstance(value, (EagerTensor, *VARIABLES)) for value in inputs)
        return f"tf:{op}" if ours and not op.startswith(("tf.", "keras.")) else op

    @property
    def silent(self) -> bool:
        return self.watch.mute or threading.get_ident() != self.thread or not tf.executing_eagerly()

    # -- nodes ------------------------------------------------------------------------------------

    def derive(self, inputs, data: int, cuts: int, site: int, own: int, result) -> Node:
        """The lineage of a number or array that was made from ``inputs``."""
        parents = tuple(node for value in inputs if (node := self.node(value)) is not None)
        made = Node(data, cuts, site, parents, own, ALL, self.watch.clock)
        made.whole = self.watch.is_whole(result)
        return made

    def node(self, value) -> Node | None:
        """What is known of a value; a tensor or float array that is new here becomes a source."""
        if isinstance(value, (EagerTensor, *VARIABLES)):
            body = handle(value) if isinstance(value, VARIABLES) else value
            known = self.watch.ledger.get(body)
            if known is None and body is not None and (body.dtype not in OPAQUE or _is_variable(body)):
                known = self.source(body, "tf.Variable" if body.dtype == tf.resource else "tf.Tensor", -1)
            return known
        if getattr(type(value), "_autofix_tracked", False):
            return value._lineage if getattr(value._lineage, "data", 0) else None
        if type(value) is numpy.ndarray and value.dtype.kind == "f" and value.size:
            return self.array(value)
        return None

    def array(self, value, op: str = "numpy.ndarray"):
        """A plain array that goes into a tensor: the program may ask for its gradient."""
        held = self.arrays.get(id(value))
        if held is not None and held[0]() is value:
            return held[1]
        index = self._add_source(-1, op, str(value.dtype), value.shape, value.dtype.kind == "f", weakref.ref(value))
        node = Node(1 << index, 0, -1, clock=self.watch.clock, tapes=ALL, source=index)
        self.arrays[id(value)] = (weakref.ref(value), node)
        self.copies[index] = []
        return node

    def source(self, body, op: str, site: int, slot: int = 0, parents=(), own: int = 0) -> Node:
        """A tensor enters here. Integers get no number: nobody can want their gradient but by mistake."""
        watch = self.watch
        use = watch.clock * 64 + min(slot, 62)
        site = watch.places.here() if site < 0 else site
        data, cuts, _ = joined(parents)
        node = Node(data, cuts | own, site, parents, own, self.recording, watch.clock, is_live(body))
        variable = body.dtype == tf.resource
        if variable or body.dtype.is_floating or body.dtype.is_complex:
            shape, dtype = _variable_facts(body) if variable else (_shape(body), body.dtype.name)
            floating = not variable or dtype.startswith(("float", "bfloat", "complex"))
            node.source = self._add_source(site, op, dtype, shape, floating, weakref.ref(body), -1 if variable else use, body)
            node.data |= 1 << node.source
        if variable and self.recording and node.source >= 0 and self._is_in_call():
            watch.sources[node.source].owner = "keras:made-in-call"
        watch.ledger.put(body, node)
        return node

    def _is_in_call(self) -> bool:
        frame = self.watch.places.frame()
        return frame is not None and frame.f_code.co_name in ("call", "__call__", "forward")

    def _add_source(self, site, op, dtype, shape, floating, alive, use: int = -1, body=None) -> int:
        watch = self.watch
        source = Source(site, op, dtype, tuple(shape), floating, requires_grad=False, parameter=False, alive=alive)
        source.use = use
        source.scale = self._size(body) if body is not None and use >= 0 and not watch.roots else 1.0
        watch.sources.append(source)
        return len(watch.sources) - 1

    def _size(self, body) -> float:
        try:
            values = numpy.abs(_plain_array(body._numpy(), dtype=numpy.float64))
            return float(values.mean()) if values.size else 1.0
        except Exception:
            return 1.0

    # -- one operation ----------------------------------------------------------------------------

    def fast(self, ctx, op, name, *args):
        """In the place of ``TFE_Py_FastPathExecute``."""
        if self.silent:
            return _fast(ctx, op, name, *args)
        count = self._inputs.get(op)
        if count is None:
            count = self._inputs[op] = len(op_def_registry.get(op).input_arg)
        given = args[:count]
        real = (*bare(given), *args[count:])
        return self.operation(op, given, lambda: _fast(ctx, op, name, *real))

    def slow(self, context, device, op, inputs, attrs, outputs):
        """In the place of ``TFE_Py_Execute``."""
        if self.silent:
            return _execute(context, device, op, inputs, attrs, outputs)
        name = op.decode() if isinstance(op, bytes) else op
        return self.operation(name, tuple(inputs), lambda: _execute(context, device, op, bare(inputs), attrs, outputs))

    def operation(self, op: str, given: tuple, run):
        watch = self.watch
        watch.clock += 1
        if op in NO_DATA:
            return run()
        begins = op == "AssignVariableOp" and watch.ledger.get(given[0]) is None
        carriers = list(self._carriers(given[1:] if begins else given))
        if not (begins or op == "AssignVariableOp"):
            self.used(carriers)
        try:
            if op in ("EagerPyFunc", "PyFunc", "PyFuncStateless"):
                with watch.muted():
                    out = run()
            else:
                out = run()
        except core._FallbackException:
            watch.clock -= 1
            raise
        except Exception as error:
            self._failed(op, given, error)
            raise
        try:
            if op == "StopGradient" and self.hold.places:
                out = self._held(out)
            return self._flows(op, given, carriers, out)
        except Exception as error:
            watch.internal(op, error)
            return out

    def _carriers(self, values, depth: int = 3):
        for value in values:
            if isinstance(value, (list, tuple)):
                if depth:
                    yield from self._carriers(value[:512], depth - 1)
            elif (node := self.node(value)) is not None:
                yield value, node

    def _flows(self, op, given, carriers, out):
        watch = self.watch
        if op.startswith(WRITES):
            self._written(op, given, carriers)
            return out
        results = [r for r in (out if isinstance(out, (list, tuple)) else [out]) if isinstance(r, EagerTensor)]
        if not results:
            return out
        site = watch.places.here()
        nodes = tuple(node for _, node in carriers)
        data, cuts, _ = joined(nodes)
        before = joined([node for value, node in carriers if not _is_whole(value)])[2]
        for slot, result in enumerate(results):
            if result.dtype in OPAQUE:
                continue
            if any(result is value for value, _ in carriers):
                continue
            if not data or self._is_one_call(nodes, site):
                self._enters(op, result, site, slot, () if data else nodes)
                continue
            live = is_live(result)
            own = self._cut_bit(op, result, carriers, cuts, site, live)
            hard = own if own and not watch.cuts[own.bit_length() - 1].soft else 0
            node = Node(data, cuts | own, site, nodes, own, self.recording, watch.clock, live)
            node.whole, node.op = _is_whole(result), op
            watch.ledger.put(result, node)
            if node.cuts and (hard or cuts):
                watch.step(site, watch.label or api(op), list(given), [result], before)
        return self._shifted(out, results) if self.by_use else out

    def _is_one_call(self, nodes, site: int) -> bool:
        """Whether all this was made within one expression of the user's: ``tf.random.normal`` is several operations."""
        sources = self.watch.sources
        return site >= 0 and all(
            not node.data
            or node.site == site
            and node.source >= 0
            and not node.cuts
            and sources[node.source].op != "tf.Variable"
            and not any(parent.data for parent in node.parents)
            for node in nodes
        )

    def _enters(self, op, result, site, slot, nodes) -> None:
        if self.watch.ledger.get(result) is None:
            self.source(result, api(op), site, slot, nodes)

    def _cut_bit(self, op, result, carriers, cuts, site, live) -> int:
        watch = self.watch
        data = 0
        for value, node in carriers:
            if not isinstance(value, EagerTensor) or value.dtype.is_floating or value.dtype.is_complex or value.dtype == tf.resource:
                data |= node.data
        if not data:
            return 0
        name = watch.label or api(op)
        if op in STOPS:
            return watch.cut(site, name, data, cuts, live)
        if op == "EagerPyFunc":
            return watch.cut(site, name, data, cuts, True, soft=live)
        if not (result.dtype.is_floating or result.dtype.is_complex):
            return watch.cut(site, name, data, cuts, True)
        if op in ROUNDING:
            return watch.cut(site, name, data, cuts, live, soft=True)
        return 0

    def _written(self, op, given, carriers) -> None:
        """A variable takes a new value: inside a tape, no gradient goes through it."""
        watch = self.watch
        target = next((value for value in given if isinstance(value, EagerTensor) and value.dtype == tf.resource), None)
        if target is None:
            return
        old = watch.ledger.get(target)
        nodes = tuple(node for value, node in carriers if value is not target)
        data, cuts, before = joined(nodes)
        site = watch.places.here()
        if old is None or old.source < 0:
            own = watch.cut(site, "tf.Variable", data, cuts, True) if data and self._from_tensor(carriers, target) else 0
            self.source(target, "tf.Variable", site, 0, nodes if own else (), own)
            return
        if not self.recording or not data:
            return
        own = watch.cut(site, "tf.Variable.assign", data & ~(1 << old.source), cuts, True)
        kept = () if op == "AssignVariableOp" else (old,)
        known = (data, cuts) if not kept else (data | old.data, cuts | old.cuts)
        node = Node(known[0] | 1 << old.source, known[1] | own, site, (*nodes, *kept), own, ALL, watch.clock, False, old.source)
        watch.ledger.put(target, node)
        watch.step(site, watch.label or "tf.Variable.assign", list(given), [], before)

    def _from_tensor(self, carriers, target) -> bool:
        """Whether a new variable's value was computed from tensors that have a history or a name."""
        return any(value is not target and not isinstance(value, numpy.ndarray) for value, _ in carriers)

    def convert(self, value, ctx, dtype=None):
        """In the place of ``convert_to_eager_tensor``: numbers and arrays enter, perhaps with a history."""
        if isinstance(value, EagerTensor) or self.silent:
            return _convert(bare(value), ctx, dtype)
        watch = self.watch
        watch.clock += 1
        carriers = list(self._carriers([value]))
        try:
            out = _convert(bare(value), ctx, dtype)
        except Exception as error:
            self._failed("tf.constant", [value], error)
            raise
        if watch.ledger.get(out) is not None and not carriers:
            return out
        try:
            return self._converted(value, carriers, out)
        except Exception as error:
            watch.internal("convert", error)
            return out

    def _converted(self, value, carriers, out):
        watch = self.watch
        site = watch.places.here()
        nodes = tuple(node for _, node in carriers)
        data, cuts, before = joined(nodes)
        own = 0
        if data and any(isinstance(v, (EagerTensor, *VARIABLES)) for v, _ in carriers):
            own = watch.cut(site, "tf.constant", data, cuts, True)
        if data and any(not isinstance(v, numpy.ndarray) or getattr(type(v), "_autofix_tracked", False) for v, _ in carriers):
            made = Node(data, cuts | own, site, nodes, own, ALL, watch.clock)
            made.whole = _is_whole(out)
            watch.ledger.put(out, made)
            watch.step(site, watch.label or "tf.constant", [value], [out], before)
        else:
            made = self.source(out, "tf.constant", site, 0, nodes)
            for node in nodes:
                self.copies.setdefault(node.source, []).append(made.source)
        return self._shifted(out, [out]) if self.by_use else out

    # -- leaving TensorFlow -----------------------------------------------------------------------

    def to_numpy(self, value, result, op: str):
        """A tensor's values as numpy sees them."""
        return result if self.silent else self.tracking.passed_on(op, (value,), result)

    def ufunc(self, function, method: str, inputs, kwargs):
        """numpy was asked: either by name (then an array comes out) or by an operator (then a tensor)."""
        if method == "__call__" and "out" not in kwargs and len(inputs) == 2 and self._is_operator():
            left, right = inputs
            if isinstance(left, (EagerTensor, *VARIABLES)):
                return NotImplemented
            return _reflected(function, left, right)
        real = [_as_array(value) for value in inputs]
        result = getattr(function, method)(*real, **{key: bare(value) for key, value in kwargs.items()})
        if self.silent:
            return result
        for value in inputs:
            self.node(value)
        op = f"numpy.{function.__name__}" + ("" if method == "__call__" else f".{method}")
        return self.tracking.passed_on(op, inputs, result)

    def _is_operator(self) -> bool:
        """Whether the frame that led here executes ``a * b`` rather than a call."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith(OURS):
            frame = frame.f_back
        if frame is None:
            return False
        key = (frame.f_code, frame.f_lasti)
        if key not in self._operators:
            self._operators[key] = dis.opname[frame.f_code.co_code[frame.f_lasti]] in ("BINARY_OP", "COMPARE_OP")
        return self._operators[key]

    # -- tapes ------------------------------------------------------------------------------------

    def tape(self, tape) -> Tape:
        known = self.tapes.get(tape)
        if known is None:
            known = self.tapes[tape] = Tape(
                len(self.tapes) + 1 + sum(self.visits.values()), self.watch.places.here(), tape._persistent, tape._watch_accessed_variables
            )
        return known

    def switched(self, tape, on: bool) -> None:
        known = self.tape(tape)
        if on:
            if known.stopped and known.stopped[-1][2] < 0:
                site, start, _ = known.stopped[-1]
                known.stopped[-1] = (site, start, self.watch.clock)
            known.opened = self.watch.clock if known.opened < 0 else known.opened
            known.closed = -1
            self.recording |= 1 << known.number
        else:
            known.closed = self.watch.clock
            self.recording &= ~(1 << known.number)

    def watched(self, tape, tensors) -> None:
        known, site = self.tape(tape), self.watch.places.here()
        for value in tf.nest.flatten(tensors):
            key = key_of(value)
            self.node(value)
            known.watched.setdefault(key, (self.watch.clock, site))

    def not_watched(self, tape, tensors) -> None:
        """Arrays among what a tape was to watch: the call raises."""
        site, values = self.watch.places.here(), flat(tensors)
        for place, value in enumerate(values):
            if isinstance(value, numpy.ndarray):
                index = self._asked(value)
                self.names.resolve(1 << index)
                self.watch.notes.append({"what": "watched array", "site": site, "tape": self.tape(tape).site, "source": index, "place": place})

    # -- roots ------------------------------------------------------------------------------------

    def differentiate(self, tape, how: str, target, sources, weights, run):
        """``tape.gradient`` and its kin: note the root, run it, note what came back and why nothing did."""
        watch = self.watch
        site = watch.places.here()
        if self._seen_enough(site):
            self.enough()
        known = self.tape(tape)
        targets, wanted = flat(target), flat(sources)
        self._name_loose(targets)
        nodes = [node for value in targets if (node := self.node(value)) is not None]
        data, _, made = joined(nodes)
        entry = {
            "site": site,
            "how": "tape",
            "value": _value(targets, weights),
            "data": list(bits(data)),
            "cuts": list(bits(cuts_of_values(nodes))),
            "made": sorted(made),
            "requires_grad": any(isinstance(t, EagerTensor) for t in targets),
            "error": "",
            "gradients": {},
            "printed": watch.printed(),
        }
        watch.add_root(entry)
        if not wanted:
            watch.notes.append({"what": "nothing asked", "root": len(watch.roots) - 1, "site": site})
        indices = [self._asked(value) for value in wanted]
        mask = 0
        for index in indices:
            mask |= 1 << index if index >= 0 else 0
        self.names.resolve(mask)
        if known.used and not known.persistent:
            self._note_reuse(tape, known, site, indices)
        self._settle_uses(nodes)
        outer = self.recording & ~(1 << known.number)
        try:
            with watch.muted():
                result = run()
        except Exception as error:
            entry["error"] = f"{type(error).__name__}: {error}"[:300]
            self._came_back(entry, known, how, nodes, wanted, indices, [None] * len(wanted), len(targets), site)
            raise
        known.used = True
        results = flat(result)
        self._came_back(entry, known, how, nodes, wanted, indices, results, len(targets), site)
        if outer and all(r is not None for r in results):
            entry["how"] = "inner"
        self._made_from_gradient(results, nodes, indices, site)
        return result

    def _settle_uses(self, nodes) -> None:
        """A variable may be read before (a copy, a log): what counts is its first read on the way to a target."""
        for index, clock in first_uses(nodes).items():
            source = self.watch.sources[index]
            reads = [read for read in self._reads.pop(index, ()) if read <= clock]
            if source.use >= 0 and reads:
                source.use = reads[-1] * 64 + 63

    def _name_loose(self, targets) -> None:
        """Variables that are on the way and that nobody asks for yet: who holds them?"""
        watch, loose = self.watch, 0
        for index in bits(joined([node for value in targets if (node := self.node(value)) is not None])[0]):
            source = watch.sources[index]
            if not source.requires_grad and not source.name and source.op != "numpy.ndarray":
                loose |= 1 << index
        self.names.resolve(loose)

    def _seen_enough(self, site: int) -> bool:
        """One visit of a place more than the limit, once all places have had their chance."""
        self.visits[site] += 1
        patience = self.limit if len(self.visits) >= self.calls else 6 * self.limit
        return self.visits[site] > patience

    def _asked(self, value) -> int:
        """The index of a source that is asked for; a value that was none becomes one."""
        node = self.node(value)
        if node is None:
            if type(value) is numpy.ndarray:
                node = self.array(value)
            else:
                return -1
        watch = self.watch
        if node.source < 0:
            body = handle(value) if isinstance(value, VARIABLES) else value
            kind, dtype, shape = watch.facts_of(value)
            floating = dtype.startswith(("float", "bfloat", "complex"))
            alive = weakref.ref(body) if isinstance(value, (EagerTensor, *VARIABLES, numpy.ndarray)) else None
            node.source = self._add_source(
                node.site, "tf.Tensor" if kind == "tensor" else "numpy.ndarray", dtype, shape, floating, alive
            )
            source = watch.sources[node.source]
            source.use = node.clock * 64 if kind == "tensor" else -1
            source.scale = self._size(value) if kind == "tensor" and floating else 1.0
            node.data |= 1 << node.source
        source = watch.sources[node.source]
        source.requires_grad = True
        if isinstance(value, VARIABLES):
            source.alive = weakref.ref(value)
        return node.source

    def _came_back(self, entry, tape: Tape, how, nodes, wanted, indices, results, size, site) -> None:
        watch = self.watch
        for place, (value, index, result) in enumerate(zip(wanted, indices, results)):
            name = watch.sources[index].name if index >= 0 else ""
            label = name or f"source {place}"
            got = self._sketched(result, label, how, value)
            self._wanted(value, index, label, got, site)
            if index < 0:
                continue
            if got is not None:
                entry["gradients"][index] = got
            if got is None or got["norm"] == 0:
                self._explain(entry, tape, nodes, value, index, site, place)

        self._note_parts(nodes, tape, [i for i, got in entry["gradients"].items() if got["norm"] > 0])

    def _note_parts(self, nodes, tape: Tape, fed: list[int]) -> None:
        """Note what sources that did get a gradient lost on some other way."""
        for node, added in parts_cut(nodes, tape.opened):
            sources = [index for index in fed if node.data >> index & 1]
            for bit in bits(node.own) if sources else ():
                note = {"what": "part cut", "root": len(self.watch.roots) - 1, "cut": bit, "added": added, "sources": sources}
                self.watch.notes.append(note)

    def _sketched(self, result, label: str, how: str, value) -> dict | None:
        if result is None:
            return None
        with self.watch.muted():
            values = numpy.array(tf.convert_to_tensor(result)._numpy())
        if values.dtype.kind == "c":
            values = values.view(values.real.dtype)
        values = values.astype(numpy.float64)
        shape = tuple(watch_shape(value))
        if how != "gradient" and values.ndim > len(shape):
            first = 1 if how == "batch_jacobian" else 0
            values = _plain_sum(values, axis=tuple(range(first, first + values.ndim - len(shape))))
        return numbers(numpy, values, label)

    def _wanted(self, value, index: int, label: str, got, site: int) -> None:
        watch = self.watch
        node = self.node(value)
        if len(watch.wants) < 2000:
            watch.wants.append(
                {
                    "how": "tape.gradient",
                    "site": site,
                    "source": index,
                    "name": label,
                    "leaf": True,
                    "requires_grad": True,
                    "parameter": False,
                    "data": list(bits(node.data)) if node is not None else [],
                    "cuts": list(bits(node.cuts)) if node is not None else [],
                    "made": node.site if node is not None else -1,
                    "grad": got,
                    "root": len(watch.roots) - 1,
                }
            )

    def _explain(self, entry, tape: Tape, nodes, value, index: int, site: int, place: int) -> None:
        """Note why no gradient came back to this source."""
        watch = self.watch
        found = way(nodes, index, tape)
        found = found if found.reached else way(nodes, index, tape, choices=True)
        for bit in bits(found.cuts):
            watch.cuts[bit].data |= 1 << index
        entry["cuts"] = sorted({*entry["cuts"], *bits(found.cuts)})
        if found.reached:
            entry["data"] = sorted({*entry["data"], index})
        node, source = self.node(value), watch.sources[index]
        variable = isinstance(value, VARIABLES)
        trainable = bool(getattr(value, "trainable", False)) if variable else False
        clock, watch_site = tape.watched.get(key_of(value), (-1, -1))
        automatic = variable and trainable and tape.accessed
        inside = not variable and node.live and node.tapes >> tape.number & 1 and node.tapes != ALL
        kin = [] if found.reached else [
            i for i in bits(node.data)
            if i != index and i in entry["data"] and _as_large(watch.sources[i], source) and way(nodes, i, tape, self._hard()).flows
        ]  # fmt: skip
        kin += [i for i in self.copies.get(index, ()) if i in entry["data"]]
        kin_named = 0
        for other in kin:
            kin_named |= 1 << other
        self.names.resolve(kin_named)
        watch.notes.append(
            {
                "what": "tape",
                "root": len(watch.roots) - 1,
                "source": index,
                "tape": tape.site,
                "gradient": site,
                "place": place,
                "kind": "variable" if variable else watch.facts_of(value)[0],
                "floating": source.floating,
                "dtype": source.dtype,
                "trainable": trainable,
                "accessed": tape.accessed,
                "reached": found.reached,
                "watched": clock >= 0 or automatic or inside,
                "late": watch_site if 0 <= found.first_use <= clock else -1,
                "born_inside": bool(node.tapes != ALL and node.tapes >> tape.number & 1) and not variable,
                "made": node.site,
                "outside": found.outside,
                "cuts": list(bits(found.cuts)),
                "kin": [[other, watch.sources[other].name] for other in kin],
                "error": entry["error"],
            }
        )

    def _hard(self) -> int:
        return sum(1 << index for index, cut in enumerate(self.watch.cuts) if not cut.soft)

    def _note_reuse(self, tape, known: Tape, site: int, indices) -> None:
        self.watch.notes.append({"what": "reused tape", "site": site, "tape": known.site, "sources": [i for i in indices if i >= 0]})

    def _made_from_gradient(self, results, nodes, indices, site: int) -> None:
        """A gradient is made of the target and its sources; an outer tape may have recorded it."""
        watch = self.watch
        watch.clock += 1
        held = [node for index in indices if index >= 0 and (node := self._node_of_source(index)) is not None]
        parents = (*nodes, *held)
        data, cuts, _ = joined(parents)
        for result in results:
            if isinstance(result, EagerTensor):
                watch.ledger.put(result, Node(data, cuts, site, parents, 0, self.recording, watch.clock, is_live(result)))

    def _node_of_source(self, index: int):
        alive = self.watch.sources[index].alive
        value = alive() if alive is not None else None
        return None if value is None else self.node(value)

    # -- failures, optimizers, shifts -------------------------------------------------------------

    def _failed(self, op: str, given, error) -> None:
        watch = self.watch
        nodes = [node for _, node in self._carriers(given)]
        data, cuts, made = joined(nodes)
        watch.failures.append(
            {
                "site": watch.places.here(),
                "op": watch.label or api(op),
                "error": type(error).__name__,
                "message": str(error)[:300],
                "data": list(bits(data)),
                "cuts": list(bits(cuts)),
                "made": sorted(made),
                "leaf": nodes[0].source if nodes else -1,
            }
        )

    def applied(self, gradients, variables) -> None:
        """An optimizer is about to step."""
        watch = self.watch
        site = watch.places.here()
        for place, (gradient, variable) in enumerate(zip(gradients, variables)):
            if not isinstance(variable, VARIABLES) or len(watch.wants) >= 2000 or not watch.roots:
                continue
            node = self.node(variable)
            name = self.names.of(variable) or f"variable {place}"
            got = self._sketched(gradient, name, "gradient", variable)
            watch.sources[node.source].requires_grad = True
            watch.wants.append(
                {
                    "how": "optimizer",
                    "site": site,
                    "source": node.source,
                    "name": name,
                    "leaf": True,
                    "requires_grad": True,
                    "parameter": False,
                    "data": list(bits(node.data)),
                    "cuts": list(bits(node.cuts)),
                    "made": node.site,
                    "grad": got,
                    "root": len(watch.roots) - 1,
                }
            )

    def used(self, carriers) -> None:
        """Keep the moment at which each variable is first read, before the first root."""
        watch = self.watch
        for value, node in carriers:
            source = watch.sources[node.source] if node.source >= 0 else None
            if source is None or watch.roots or source.op != "tf.Variable":
                continue
            self._reads.setdefault(node.source, []).append(watch.clock)
            if source.use >= 0:
                continue
            source.use = watch.clock * 64 + 63
            if source.floating:
                with watch.muted():
                    body = handle(value) if isinstance(value, VARIABLES) else value
                    source.scale = self._size(tf.raw_ops.ReadVariableOp(resource=body, dtype=_variable_facts(body)[1]))
        if self.by_use:
            self._nudge_variables(carriers)

    def _nudge_variables(self, carriers) -> None:
        for value, node in carriers:
            if node.source < 0:
                continue
            push = self.nudge.get(node.source)
            body = handle(value) if isinstance(value, VARIABLES) else value
            if push is None or not isinstance(body, EagerTensor) or body.dtype != tf.resource or push.get("done"):
                continue
            if self.watch.clock * 64 + 63 < push["use"]:
                continue
            push["done"] = True
            shape, dtype = _variable_facts(body)
            delta = along(numpy, tuple(shape), push["name"], push["number"]) * push["step"]
            with self.watch.muted():
                tf.raw_ops.AssignAddVariableOp(resource=body, value=tf.constant(delta, dtype=dtype))

    def _held(self, out):
        """What a stop-gradient gave in the run before the shifts."""
        values = out._numpy()
        kept = self.hold("tf.stop_gradient", self.watch.places.here(), values)
        if kept is values:
            return out
        with self.watch.muted():
            return tf.constant(kept, dtype=out.dtype)

    def _shifted(self, out, results):
        """Shift a tensor right where it is made."""
        for slot, result in enumerate(results):
            push = self.by_use.get(self.watch.clock * 64 + min(slot, 62))
            if push is None or push.get("done") or not (result.dtype.is_floating):
                continue
            push["done"] = True
            delta = along(numpy, tuple(_shape(result)), push["name"], push["number"]) * push["step"]
            with self.watch.muted():
                moved = result + tf.constant(delta, dtype=result.dtype)
            self.watch.ledger.put(moved, self.watch.ledger.get(result))
            out = moved if out is result else [moved if item is result else item for item in out]
        return out


def gradient_calls(source: bytes | str) -> int:
    """How many places of a program may ask a tape for a gradient."""
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    return len(re.findall(r"\.(?:gradient|jacobian|batch_jacobian|fit|train_on_batch)\(", text))


# -- small questions ------------------------------------------------------------------------------


def api(op: str) -> str:
    """The name under which the public API knows an operation."""
    return op if op.startswith("tf.") else API.get(op) or f"tf.raw_ops.{op}"


def handle(variable):
    """The tensor that stands for a variable (TensorFlow's or Keras's)."""
    if isinstance(variable, KerasVariable):
        variable = variable._value
    return getattr(variable, "_handle", None) if isinstance(variable, BaseResourceVariable) else None


def key_of(value) -> int:
    """Identity: a variable is its handle."""
    if isinstance(value, VARIABLES):
        return id(handle(value))
    return id(value)


def facts(value) -> tuple:
    """Kind, dtype and shape, as a step notes them."""
    dtype = value.dtype if isinstance(value.dtype, str) else value.dtype.name
    return "tensor", dtype, tuple(watch_shape(value))


def watch_shape(value):
    """The shape without running an operation."""
    shape = getattr(value, "shape", ())
    return tuple(int(n) if n is not None else -1 for n in shape)


def _shape(body) -> tuple:
    return tuple(body._shape_tuple())


def _is_variable(body) -> bool:
    data = getattr(body, "_handle_data", None)
    return body.dtype == tf.resource and data is not None and data.is_set


def _variable_facts(body) -> tuple:
    data = getattr(body, "_handle_data", None)
    if data is not None and data.is_set and data.shape_and_type:
        known = data.shape_and_type[0]
        return tuple(dim.size for dim in known.shape.dim), tf.as_dtype(known.dtype).name
    return (), "float32"


def is_live(result) -> bool:
    return bool(_records([result]))


def joined(nodes) -> tuple[int, int, set]:
    data = cuts = 0
    sites = set()
    for node in nodes:
        data |= node.data
        cuts |= node.cuts
        if node.site >= 0:
            sites.add(node.site)
    return data, cuts, sites


def _is_whole(value) -> bool:
    """Whole numbers choose: what they were computed from is not on the way of the value."""
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, tf.DType):
        return dtype.is_integer or dtype.is_bool
    return getattr(dtype, "kind", "f") in "iub"


def _as_large(one: Source, other: Source) -> bool:
    """As many elements: only then can one be a copy of the other."""
    return math.prod(one.shape) == math.prod(other.shape)


def flat(values) -> list:
    return list(tf.nest.flatten(values))


def _as_array(value):
    if isinstance(value, KerasVariable):
        value = value._value
    if isinstance(value, BaseResourceVariable):
        value = value.read_value()
    return _plain_array(value) if isinstance(value, EagerTensor) else bare(value)


REFLECTED = {
    "add": "__radd__", "subtract": "__rsub__", "multiply": "__rmul__", "divide": "__rtruediv__", "true_divide": "__rtruediv__",
    "power": "__rpow__", "matmul": "__rmatmul__", "floor_divide": "__rfloordiv__", "remainder": "__rmod__",
    "less": "__gt__", "greater": "__lt__", "less_equal": "__ge__", "greater_equal": "__le__", "equal": "__eq__",
    "not_equal": "__ne__", "bitwise_and": "__rand__", "bitwise_or": "__ror__", "bitwise_xor": "__rxor__",
}  # fmt: skip


def _reflected(function, left, right):
    """What ``array * tensor`` is without us: the tensor's own reflected operator."""
    method = getattr(type(right), REFLECTED.get(function.__name__, ""), None)
    return NotImplemented if method is None else method(right, left)


def _value(targets, weights):
    """The number that is differentiated: the sum of all targets' elements, weighted as the program weights them."""
    try:
        total = 0.0
        given = tf.nest.flatten(weights) if weights is not None else [None] * len(targets)
        for target, weight in zip(targets, given):
            values = numpy.array(_as_array(target), dtype=numpy.float64)
            total += float(_plain_sum(values if weight is None else values * _as_array(weight)))
        return total
    except Exception:
        return None
