"""Tensors and variables of TensorFlow: what an operation, an operator or a method makes of them."""

from __future__ import annotations

from autofix.effects import Effect
from autofix.find.flow import factories, tensors, tf_lineage
from autofix.find.flow.machine import Machine, Raised
from autofix.find.flow.tf_lineage import Made
from autofix.find.values import EAGER, NONE, Bound, Const, Datum, Either, Func, Inst, Items, Seq, opaque, plain
from autofix.probe.tape_paths import ALL

FACTS = frozenset(["shape", "dtype", "device", "ndim", "name", "trainable", "rank", "graph", "op", "path", "synchronization", "aggregation"])
NAMES = {
    "add": "tf.add", "sub": "tf.subtract", "mul": "tf.multiply", "truediv": "tf.divide", "matmul": "tf.matmul", "pow": "tf.raw_ops.Pow",
    "neg": "tf.raw_ops.Neg", "floordiv": "tf.math.floordiv", "mod": "tf.raw_ops.FloorMod", "lt": "tf.less", "gt": "tf.greater",
    "le": "tf.less_equal", "ge": "tf.greater_equal", "eq": "tf.equal", "ne": "tf.not_equal",
}  # fmt: skip
READS = frozenset(["tf.round", "tf.cast", "tf.Tensor.numpy"])
"""What reads a variable as an operation of its own (the others take it as it is, operators but their right side)."""
RAW = {"add": "AddV2", "sub": "Sub", "neg": "Neg", "mul": "Mul", "truediv": "RealDiv"}
MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
IN_PLACE = "`variable {}= value` with `tf.Variable`s is not supported. Use `variable.assign_{}(value)` to modify the variable value."


# -- what is known of a value -----------------------------------------------------------------------


def node_of(m: Machine, datum: Datum) -> Made | None:
    """What a datum was made from, None where it holds nothing that a tape could know."""
    if datum.kind == "tape":
        return None
    if datum.hidden and (datum.lineage is None or datum.lineage.sure):
        return tf_lineage.unknown([datum.lineage] if datum.lineage is not None else [], datum.site)
    if datum.lineage is None and datum.kind == "array" and datum.floating is not False:
        _array(m, datum)
    return datum.lineage


def _array(m: Machine, datum: Datum) -> None:
    """A plain array goes into a tensor: the program may ask for its gradient."""
    enters(m, datum, "numpy.ndarray", -1)


def enters(m: Machine, datum: Datum, op: str, site: int, parents=(), own: int = 0) -> Datum:
    """A tensor, variable or array that is new here becomes a source."""
    m.source(datum, op, site, False)
    m.set(datum, "live", 0)
    index = datum.source
    m.seen.sources[index]["floating"] = datum.floating is not False
    m.clock += 1
    data = cuts = 0
    for parent in parents:
        data, cuts = data | parent.data, cuts | parent.cuts
    made = Made(data | 1 << index, cuts | own, site, tuple(parents), own, ALL if op == "numpy.ndarray" else m.recording, m.clock, index)
    m.set(datum, "lineage", made)
    m.set(datum, "data", datum.data | made.data)
    m.set(datum, "cuts", datum.cuts | made.cuts)
    return datum


def flags(m: Machine, datum: Datum) -> tuple[bool | None, bool]:
    """Of a variable: whether it is trainable, and whether it is Keras's own."""
    facts = m.seen.sources[datum.source]
    return facts.get("trainable"), facts.get("keras", False)


def lives(m: Machine, node: Made, datum: Datum | None = None) -> tuple[int, int]:
    """The tapes by which gradient comes back through a value, and those by which it perhaps does, if it is used now."""
    if datum is not None and datum.kind == "variable" and datum.source >= 0:
        trainable = flags(m, datum)[0]
        seen = m.recording & m.accessed
        return node.lives | (seen if trainable else 0), node.perhaps | (seen if trainable is not False else 0)
    return node.lives, node.perhaps


# -- one operation ----------------------------------------------------------------------------------


def apply(m: Machine, op: str, inputs: list[Datum], effect: Effect = Effect.KEEPS, raw: str = "", operands=None, sure: bool = True, floating=None, reads=None) -> Datum:
    """An operation on tensors, variables, arrays and numbers: the tensor that comes out. ``reads``: it is read before."""
    site = m.site()
    new = Datum("eager", site=site)
    held = [(d, _read(m, d, node, site) if op in READS or d is reads else node) for d in inputs if (node := node_of(m, d)) is not None]
    before = set()
    for datum in inputs:
        new.data, new.must, new.cuts = new.data | datum.data, new.must | datum.must, new.cuts | datum.cuts
        if datum.site >= 0 and datum.floating is not False:
            before.add(datum.site)
    new.floating = False if effect is Effect.WHOLE else floating if floating is not None else _floating(inputs)
    known = [node for _, node in held]
    if not any(node.data or not node.sure for node in known):
        return enters(m, new, op, site, [node for node in known if node.cuts])
    m.clock += 1
    own = _own(m, op, effect, held, site)
    new.cuts |= own
    made = Made(new.data, new.cuts, site, tuple(known), own, m.recording, m.clock, sure=sure)
    made.whole, made.op = new.floating is False and op != "tf.as_string", raw
    for datum, node in held:
        surely, perhaps = lives(m, node, datum)
        made.lives, made.perhaps = made.lives | surely, made.perhaps | perhaps
    carries = effect is Effect.KEEPS and new.floating is not False
    made.lives = made.lives & m.recording if carries and sure and new.floating else 0
    made.perhaps = made.perhaps & m.recording if carries else 0
    made.live = bool(made.lives)
    new.lineage = made
    if new.cuts:
        m.step(site, op, operands or inputs, [new], before)
    return new


def _read(m: Machine, datum: Datum, node: Made, site: int) -> Made:
    """The variable is read first, which a tape may record."""
    if datum.kind != "variable":
        return node
    m.clock += 1
    read = Made(node.data, node.cuts, site, (node,), 0, m.recording, m.clock, sure=node.sure)
    read.lives, read.perhaps = (mask & m.recording for mask in lives(m, node, datum))
    read.live, read.whole, read.op = bool(read.lives), datum.floating is False, "ReadVariableOp"
    return read


def _floating(inputs: list[Datum]) -> bool | None:
    """TensorFlow mixes no types: one tensor tells for all."""
    answers = [d.floating for d in inputs if d.kind in EAGER]
    answers = answers or [d.floating for d in inputs]
    return True if True in answers else (None if None in answers else False)


def _own(m: Machine, op: str, effect: Effect, held: list, site: int) -> int:
    """The bit of the cut that the operation makes, 0 where it makes none."""
    data = 0
    for datum, _ in held:
        data |= datum.data if datum.kind in EAGER and datum.floating is not False else 0
    if effect is Effect.KEEPS or not data:
        return 0
    return m.cut(site, op, data, True, soft=effect is Effect.ROUNDS)


def left(m: Machine, op: str, new: Datum, inputs: list[Datum], bit: int) -> None:
    """A computation in numpy or Python: no tape sees it."""
    held = [(datum, node_of(m, datum) if datum.hidden else datum.lineage) for datum in inputs if datum.lineage is not None and datum.kind != "tape"]
    known = [_read(m, datum, node, new.site) if op in READS else node for datum, node in held]
    if not known:
        return
    m.clock += 1
    made = Made(new.data, new.cuts, new.site, tuple(known), bit, ALL, m.clock)
    made.whole = new.floating is False
    made.sure = new.floating is not None or new.kind != "array"
    new.lineage = made


# -- operators --------------------------------------------------------------------------------------


def operate(m: Machine, name: str, left_, right) -> Datum:
    sides = [side for side in (left_, right) if side is not None]
    inputs = tensors.carriers(sides)
    if name not in NAMES:
        return apply(m, f"tf.raw_ops.{name}", inputs, sure=False)
    effect = Effect.ROUNDS if name == "floordiv" else Effect.KEEPS
    return apply(m, NAMES[name], inputs, effect, RAW.get(name, ""), sides, reads=left_)


def compare(m: Machine, name: str, left_, right) -> Datum:
    first = type(left_) is Datum and left_.kind in EAGER
    name = name if first else MIRRORED[name]
    return apply(m, NAMES[name], tensors.carriers([left_, right]), Effect.WHOLE, operands=[left_, right], reads=left_ if first else right)


def augment(m: Machine, name: str, old: Datum) -> None:
    """``variable -= value`` raises; a tensor is bound anew."""
    if old.kind != "variable" or name not in ("add", "sub", "mul", "truediv", "pow") or flags(m, old)[1]:
        return
    message = IN_PLACE.format({"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}[name], name)
    if not m.doubt and not m.guarded:
        raise Raised("RuntimeError", message, m.site())


# -- attributes, elements, methods ------------------------------------------------------------------


def attribute(m: Machine, datum: Datum, name: str):
    if name in FACTS:
        return tensors.shape() if name == "shape" else plain()
    if name == "value" and datum.kind == "variable" and flags(m, datum)[1]:
        return datum
    return Bound(name, datum)


def item(m: Machine, datum: Datum, key) -> Datum:
    new = apply(m, "tf.raw_ops.StridedSlice", [datum, *tensors.carriers([key])], raw="StridedSlice")
    new.floating = datum.floating
    new.lineage.whole = datum.floating is False
    new.alias = datum.source if datum.kind == "variable" else -1
    return new


def elements(m: Machine, datum: Datum) -> Items:
    """What iterating gives, one row at a time."""
    first = item(m, datum, NONE)
    return Items((first, first.copy()), first.copy())


def method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    """``datum.name(*args, **kwargs)``."""
    if name == "numpy":
        new = tensors.off_graph(m, "tf.Tensor.numpy", [datum], "array")
        new.floating = datum.floating
        return same(new, datum)
    if datum.kind == "variable":
        if name in ("assign", "assign_add", "assign_sub"):
            return assigned(m, datum, name, args[0] if args else kwargs.get("value", opaque()))
        if name in ("read_value", "value", "initialized_value"):
            return same(apply(m, "tf.raw_ops.ReadVariableOp", [datum], raw="ReadVariableOp"), datum)
    if name in ("get_shape", "set_shape", "ref", "experimental_ref", "eval"):
        return tensors.shape() if name == "get_shape" else plain()
    if name in ("__len__",):
        return Datum("number", floating=False)
    if name == "abs":
        return apply(m, "tf.abs", [datum])
    if name in ("gpu", "cpu"):
        return datum
    if name in ("assign", "assign_add", "assign_sub") and datum.alias >= 0:  # a part of a variable
        return assigned(m, m.seen.sources[datum.alias]["variable"], "a part", args[0] if args else kwargs.get("value", opaque()))
    if datum.kind == "eager" and name in ("item", "detach", "backward") and not m.doubt and not m.guarded:
        raise Raised("AttributeError", f"'EagerTensor' object has no attribute '{name}'", m.site())
    return m.unknown([datum, *args, *kwargs.values()])


def same(new: Datum, datum: Datum) -> Datum:
    """The new value holds the same numbers as the old one."""
    if new.lineage is not None and datum.lineage is not None:
        new.lineage.alias = datum.lineage.source if datum.lineage.source >= 0 else datum.lineage.alias
    return new


def assigned(m: Machine, variable: Datum, name: str, value) -> Datum:
    """A variable takes a new value: inside a tape, no gradient goes through it."""
    inputs = tensors.carriers([value])
    nodes = [node for datum in inputs if (node := node_of(m, datum)) is not None]
    if type(value) is Const and value.value is None:
        raise m.none_used("Cannot convert None to a tensor")
    if variable.source < 0 or variable.lineage is None:
        return variable
    data = cuts = 0
    for node in nodes:
        data, cuts = data | node.data, cuts | node.cuts
    unsure = [node for node in nodes if not node.sure]
    if not m.recording or not (data or unsure):
        return variable
    site, source = m.site(), variable.source
    bit = m.cut(site, "tf.Variable.assign", data & ~(1 << source), True) if data else 0
    kept = [] if name == "assign" else [variable.lineage]
    for node in kept:
        data, cuts = data | node.data, cuts | node.cuts
    m.clock += 1
    made = Made(data | 1 << source, cuts | bit, site, (*nodes, *kept), bit, ALL, m.clock, source)
    m.set(variable, "lineage", made if not m.doubt else tf_lineage.either(made, variable.lineage))
    if m.doubt:
        return variable
    m.set(variable, "data", made.data)
    for datum in inputs:
        m.set(variable, "must", variable.must | datum.must)
    m.set(variable, "cuts", made.cuts)
    m.step(site, "tf.Variable.assign", [variable, value], [], {d.site for d in inputs if d.site >= 0})
    return variable


# -- making -----------------------------------------------------------------------------------------


def variable(m: Machine, value, kwargs: dict, op: str = "tf.Variable") -> Datum:
    """``tf.Variable(value)``."""
    new = Datum("variable", site=m.site())
    trainable = kwargs.get("trainable", NONE)
    new.floating = floating_of(value, kwargs)
    inputs = tensors.carriers([value])
    nodes = [node for datum in inputs if (node := node_of(m, datum)) is not None]
    given = [datum for datum in inputs if datum.kind in EAGER or datum.kind != "array" and datum.lineage is not None]
    data = 0
    for datum in given:
        data |= datum.data
    bit = m.cut(new.site, op, data, True) if data else 0
    if bit:
        m.step(new.site, op, [value], [new], {d.site for d in inputs if d.site >= 0})
    for datum in given:
        new.data, new.must, new.cuts = new.data | datum.data, new.must | datum.must, new.cuts | datum.cuts
    enters(m, new, op, new.site, nodes if data or any(not node.sure for node in nodes) else (), bit)
    facts = m.seen.sources[new.source]
    facts["variable"] = new
    facts["trainable"] = True if trainable is NONE else (bool(trainable.value) if type(trainable) is Const else None)
    return new


def floating_of(value, kwargs: dict) -> bool | None:
    """Whether a tensor made of this value holds floating-point numbers, None where that is not known."""
    wanted = kwargs.get("dtype")
    if wanted is not None and not (type(wanted) is Const and wanted.value is None):
        return floating_type(wanted)
    if type(value) is Datum and (value.kind in EAGER or value.kind in ("array", "number")):
        return value.floating
    if type(value) in (Either, Func, Inst):
        return None
    return factories.items_floating(_items(value), {})


def _items(value):
    """Tensors in lists count like arrays."""
    if type(value) is Seq:
        first = tuple(_items(v) for v in value.items.first)
        return Seq(value.kind, Items(first, None if value.items.rest is None else _items(value.items.rest)))
    if type(value) is Datum and value.kind in EAGER:
        return Datum("array", floating=value.floating)
    return value


INTEGERS = ("int", "uint", "bool", "string", "qint")


def floating_type(wanted) -> bool | None:
    """Whether ``tf.float32``, ``"int64"``, ``np.float32`` is a type of floating-point numbers."""
    name = wanted.value if type(wanted) is Const else getattr(wanted, "name", "")
    if not isinstance(name, str) or not name:
        return None
    short = name.rsplit(".", 1)[-1]
    if short.startswith(INTEGERS):
        return False
    return True if short.startswith(("float", "bfloat", "half", "double", "complex")) else None
