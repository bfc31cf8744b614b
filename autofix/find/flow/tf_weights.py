"""The weights that a Keras layer or model knows, and when they come to be."""

from __future__ import annotations

from autofix.find.flow import (
    tf_values,
)
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    FALSE,
    TRUE,
    Const,
    Datum,
    Inst,
    Items,
    Map,
    Ref,
    Seq,
    opaque,
    options,
    plain,
)

WEIGHTS = {
    **dict.fromkeys("Dense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv2D".split(), ("kernel", "bias")),
    **dict.fromkeys(("LSTMCell", "GRUCell", "SimpleRNNCell"), ("kernel", "recurrent_kernel", "bias")),
    "Embedding": ("embeddings",), "BatchNormalization": ("gamma", "beta"), "LayerNormalization": ("gamma", "beta"), "PReLU": ("alpha",),
}  # fmt: skip
STATE = {"BatchNormalization": ("moving_mean", "moving_variance")}


def is_input(value) -> bool:
    return type(value) is Inst and value.lib in ("keras.KerasTensor", "keras.layers.InputLayer")


def build(m: Machine, value: Inst) -> None:
    """The weights of a layer come to be."""
    if "#built" in value.attrs or value.lib == "keras.KerasTensor":
        return
    m.put(value.attrs, "#built", TRUE)
    if "#layers" in value.attrs:
        items = value.attrs["#layers"]
        if value.lib == "keras.Sequential" and not (items.first and is_input(items.first[0])):
            m.put(value.attrs, "#layers", Items((Inst(None, "keras.layers.InputLayer"), *items.first), items.rest))
        for one in items.first:
            if type(one) is Inst and one.layer and one.cls is None:
                build(m, one)
        return
    if "cell" in value.attrs and value.cls is None:
        build(m, value.attrs["cell"])
    names = value.attrs["#names"].first if "#names" in value.attrs else ()
    short = value.lib.rsplit(".", 1)[-1]
    for name in names:
        if name.value == "*":
            m.put(value.attrs, "*", opaque())
        else:
            m.put(value.attrs, name.value, _of_layer(m, "#fresh" in value.attrs))
    for name in STATE.get(short, ()):
        m.put(value.attrs, name, weight(m, FALSE))


def _of_layer(m: Machine, fresh: bool) -> Datum:
    """A weight of a layer of Keras's own. ``fresh``: the layer was made in a call."""
    new = weight(m, TRUE)
    if not fresh and m.building >= 0:
        m.seen.sources[new.source]["site"] = m.building
    if fresh and m.recording:
        m.seen.sources[new.source]["owner"] = "keras:made-in-call"
    return new


def weight(m: Machine, trainable, floating: bool | None = True) -> Datum:
    """``add_weight``: a variable that the layer knows."""
    new = tf_values.variable(m, plain(), {"trainable": trainable})
    m.set(new, "floating", floating)
    m.seen.sources[new.source]["floating"] = floating is not False
    return of_keras(m, new)


def made(m: Machine, given, kwargs: dict) -> Datum:
    """``keras.Variable(initializer)``: a value, or what makes one."""
    if type(given) is Inst and given.lib.startswith("keras.initializers.") or type(given) is Const and isinstance(given.value, str):
        given = Const(0.0)
    return of_keras(m, tf_values.variable(m, given, kwargs))


def of_keras(m: Machine, new: Datum) -> Datum:
    m.seen.sources[new.source]["keras"] = True
    return new


def children(value: Inst) -> list:
    """The layers that a layer knows."""
    held = list(value.attrs["#layers"].all()) if "#layers" in value.attrs else []
    for key, attribute in value.attrs.items():
        if not key.startswith("#"):
            held += _tracked(attribute)
    return held


def _tracked(value, depth: int = 3) -> list:
    """What Keras finds in an attribute: lists, tuples and dicts of layers and weights too."""
    if type(value) is Seq and depth and value.kind in ("list", "tuple"):
        return [one for held in value.items.all() for one in _tracked(held, depth - 1)]
    if type(value) is Map and depth:
        return [one for held in value.all() for one in _tracked(held, depth - 1)]
    return [value]


def weights(value: Inst, seen: set | None = None) -> list:
    """The variables that a layer knows, its own first; something opaque where there may be more."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return []
    seen.add(id(value))
    own, below = [], []
    for held in children(value):
        for option in options(held):
            if type(option) is Inst and option.layer:
                below += weights(option, seen)
            elif type(option) is Datum and option.kind == "variable":
                own.append(option)
            elif type(option) is Datum and option.hidden:
                own.append(opaque())
    if value.cls is not None and value.cls.foreign:
        own.append(opaque())
    return [*own, *below]


def listed(m: Machine, value: Inst, name: str) -> Seq:
    """``layer.trainable_variables`` and its like."""
    kept, strange = [], False
    frozen = _frozen(value)
    for datum in known(m, value):
        if datum.kind != "variable":
            strange = True
            continue
        trainable, _ = tf_values.flags(m, datum)
        trainable = False if datum.source in frozen else trainable
        if trainable is None:
            strange = True
        elif name in ("variables", "weights") or trainable == name.startswith("trainable"):
            kept.append(datum)
    return Seq("list", Items(tuple(dict.fromkeys(kept)), opaque() if strange or _undecided(value) else None))


def known(m: Machine, value: Inst) -> list[Datum]:
    """Keras does not know a plain ``tf.Variable``; a ``tf.Module`` knows no other."""
    held = weights(value)
    if is_module(value):
        return held
    return [d for d in held if d.kind != "variable" or tf_values.flags(m, d)[1]]


def is_module(value: Inst) -> bool:
    return value.cls is not None and any(isinstance(base, Ref) and base.name == "tensorflow.Module" for base in value.cls.lineage())


def _layers_below(value: Inst, seen: set | None = None) -> list[Inst]:
    seen = set() if seen is None else seen
    if id(value) in seen:
        return []
    seen.add(id(value))
    found = [value]
    for held in children(value):
        for option in options(held):
            if type(option) is Inst and option.layer:
                found += _layers_below(option, seen)
    return found


def _frozen(value: Inst) -> set[int]:
    found: set[int] = set()
    for one in _layers_below(value):
        flag = one.attrs.get("#trainable")
        if type(flag) is Const and not flag.value:
            found |= {datum.source for datum in weights(one)}
    return found


def _undecided(value: Inst) -> bool:
    return any(type(one.attrs.get("#trainable", TRUE)) is not Const for one in _layers_below(value))


def layer_paths(name: str, value: Inst) -> list:
    """The layers that have no attribute of their own, by their place."""
    held = value.attrs["#layers"].first if "#layers" in value.attrs else ()
    return [(f"{name}.layers[{place}]", one) for place, one in enumerate(held)]
