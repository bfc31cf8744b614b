"""Keras layers and models when they are called."""

from __future__ import annotations

from autofix.find.flow import (
    calls,
    elements,
    objects,
    tensors,
    tf_values,
    tf_weights,
)
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    EAGER,
    FALSE,
    NONE,
    TRUE,
    Const,
    Datum,
    Func,
    Inst,
    Items,
    Partial,
    Ref,
    Seq,
    opaque,
    options,
)


def call(m: Machine, value: Inst, args: list, kwargs: dict):
    """A layer is called."""
    if any(type(a) is Inst and a.lib == "keras.KerasTensor" for a in args):
        return _symbolic(m, value, args, kwargs)
    args = [_tensor(m, args[0]), *args[1:]] if args else args
    own = value.cls.find("call") if value.cls is not None else None
    if value.cls is not None and (own is None or value.cls.foreign or type(value.cls.find("__call__")) is Func):
        return _strange_call(m, value, args, kwargs)
    if value.cls is not None:
        return _own_call(m, value, own, args, kwargs)
    tf_weights.build(m, value)
    if "#layers" in value.attrs:
        return _chained(m, value, args, kwargs)
    return _layer_call(m, value, args, kwargs)


def _strange_call(m: Machine, value: Inst, args: list, kwargs: dict):
    call_ = value.cls.find("__call__")
    if type(call_) is Func and not value.cls.foreign:
        return calls.call(m, objects.bound(m, call_, value), args, kwargs)
    calls.call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def _own_call(m: Machine, value: Inst, own, args: list, kwargs: dict):
    if tf_weights.is_module(value):
        return calls.call(m, objects.bound(m, own, value), args, kwargs)
    builder = value.cls.find("build")
    building = m.building
    if "#built" not in value.attrs:
        m.put(value.attrs, "#built", TRUE)
        node = m.node
        if type(builder) is Func:
            calls.call(m, objects.bound(m, builder, value), [tensors.shape()], {})
        elif building < 0 and _has_unbuilt(value):
            m.building = m.site()  # Keras tries the call out to see which weights it makes
        m.node = node
    try:
        return calls.call(m, objects.bound(m, own, value), args, kwargs)
    finally:
        m.building = building


def _has_unbuilt(value: Inst) -> bool:
    return any(type(o) is Inst and o.layer and "#built" not in o.attrs for held in tf_weights.children(value) for o in options(held))


def _tensor(m: Machine, value):
    """Keras makes tensors of the arrays it is given."""
    if type(value) is Datum and value.kind == "array" and value.lineage is None:
        from autofix.find.flow import tf_library

        return tf_library.copied(m, value, {})
    if type(value) is Seq and value.items.rest is None and all(type(v) is Datum and v.kind == "array" and v.lineage is None for v in value.items.first):
        return Seq(value.kind, Items(tuple(_tensor(m, v) for v in value.items.first)))
    return value


def _chained(m: Machine, value: Inst, args: list, kwargs: dict):
    layers = value.attrs["#layers"]
    result = args[0] if args else kwargs.get("inputs", opaque())
    if layers.rest is not None:
        return m.unknown([result, *tf_weights.weights(value)])
    node, ends = m.node, {0: result}
    for number, one in enumerate(layers.first, 1):
        m.node = node
        result = result if tf_weights.is_input(one) else calls.call(m, one, [result], {})
        ends[number] = result
    m.node = node
    places = value.attrs.get("#ends")
    if places is None:
        return result
    results = tuple(ends[place.value] for place in places.first)
    several = value.attrs["#several"]
    return Seq("list", Items(results)) if several.value else results[0]


def _layer_call(m: Machine, value: Inst, args: list, kwargs: dict):
    node = m.node
    own = [held for key, held in value.attrs.items() if type(held) is Datum and not key.startswith("#") and key not in tf_weights.STATE.get(value.lib.rsplit(".", 1)[-1], ())]
    given = [one for key, one in kwargs.items() if key not in ("training", "mask")]
    if "cell" in value.attrs:
        own = [held for held in tf_weights.weights(value.attrs["cell"]) if held.kind == "variable"]
    inputs = tensors.carriers([*args, *given, *own])
    new = tf_values.apply(m, f"tf.{value.lib}", inputs, operands=args, sure="*" not in value.attrs, floating=True if own else None)
    short = value.lib.rsplit(".", 1)[-1]
    states = value.attrs.get("#states", FALSE)
    if short.endswith("Cell") or states is not FALSE:
        return _with_states(m, new, short, states)
    activation = value.attrs.get("#activation", NONE)
    if type(activation) in (Func, Partial) or type(activation) is Ref and not activation.name.startswith(("keras.", "tensorflow.nn.")):
        new = calls.call(m, activation, [new], {})
    elif type(activation) is not Ref and not (type(activation) is Const and (activation.value is None or isinstance(activation.value, str))):
        return m.unknown([new])
    m.node = node
    return new


def _with_states(m: Machine, new: Datum, short: str, asked):
    """What a recurrent layer gives beside its states."""
    held = tuple(new.copy() for _ in range(2 if short.startswith("LSTM") else 1))
    if short.endswith("Cell"):
        return Seq("tuple", Items((new, Seq("list", Items(held)))))
    return Seq("list", Items((new, *held))) if asked is TRUE else m.unknown([new])


def _symbolic(m: Machine, value: Inst, args: list, kwargs: dict):
    """A layer in a model that is being put together."""
    made = Inst(None, "keras.KerasTensor", m.site())
    given = args[0] if len(args) == 1 and not kwargs else None
    plain_chain = type(given) is Inst and given.lib == "keras.KerasTensor" and value.cls is None
    if plain_chain:
        tf_weights.build(m, value)
        made.attrs["chain"] = elements.appended(given.attrs["chain"], Items((value,)))
        return made
    held = [one for a in args if type(a) is Inst and "chain" in a.attrs for one in a.attrs["chain"].all()]
    made.attrs["chain"] = Items((), m.unknown([value, *held]))
    return made


def predicted(m: Machine, value: Inst, args: list, kwargs: dict):
    """``model.predict(x)``: numpy comes out."""
    if value.cls is None:
        tf_weights.build(m, value)
    held = tf_weights.weights(value)
    inputs = [d for d in tensors.carriers([*args, *kwargs.values()]) if d.kind in (*EAGER, "array")]
    strange = value.cls is not None or any(d.kind != "variable" for d in held) or any(type(a) is Datum and a.kind not in (*EAGER, "array") for a in args)
    if strange:
        return Datum("array", site=m.site()) if value.cls is None and not held else m.unknown([value, *args])
    new = tensors.off_graph(m, "keras.Model.predict", [*inputs, *held], "array", args)
    new.floating = True
    ends = value.attrs.get("#ends")
    if ends is not None and value.attrs["#several"].value:
        return Seq("list", Items(tuple(new.copy() for _ in ends.first)))
    return new
