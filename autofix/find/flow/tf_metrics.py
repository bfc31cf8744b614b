"""Objects of Keras's own that are no layers: losses, metrics, optimizers, initializers."""

from __future__ import annotations

from autofix.find.flow import (
    tensors,
    tf_asked,
    tf_lineage,
    tf_numpy,
    tf_values,
)
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import (
    NONE,
    Datum,
    Inst,
    plain,
)
from autofix.probe.tape_paths import ALL


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AVERAGED = _words("MeanSquaredError MeanAbsoluteError BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy Mean Sum RootMeanSquaredError KLDivergence Poisson")
"""Metrics that take a number in, and nothing whole."""


def call_object(m: Machine, value: Inst, args: list, kwargs: dict):
    """An object of Keras's own is called."""
    if value.lib.startswith("keras.initializers."):
        floating = tf_values.floating_type(kwargs["dtype"]) if "dtype" in kwargs else True if len(args) < 2 else None
        return tf_values.enters(m, Datum("eager", floating=floating), f"tf.{value.lib}", m.site())
    if value.lib.startswith("keras.losses."):
        return tf_values.apply(m, f"tf.{value.lib}", tensors.carriers([*args, *kwargs.values()]), operands=args)
    if value.lib.startswith("keras.metrics."):
        _updated(m, value, args, kwargs)
        return _result(m, value)
    return m.unknown([value, *args, *kwargs.values()])


def object_method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    if value.lib.startswith("keras.metrics."):
        if name == "update_state":
            _updated(m, value, args, kwargs)
            return NONE
        if name == "result":
            return _result(m, value)
        if name in ("reset_state", "reset_states"):
            m.drop(value.attrs, "#state")
            return NONE
    if value.lib.startswith("keras.losses.") and name == "call":
        return call_object(m, value, args, kwargs)
    if value.lib.startswith("keras.optimizers."):
        if name == "apply_gradients":
            tf_asked.applied(m, args[0] if args else kwargs.get("grads_and_vars", NONE))
            return plain()
        if name in ("apply", "build", "get_config", "set_weights", "get_weights", "variables"):
            return plain()
    if value.lib == "numpy.random.Generator":
        return tf_numpy.random(m, name, args, kwargs)
    if value.lib == "tensorflow.stop_recording":
        return plain()
    return m.unknown([value, *args, *kwargs.values()])


def _updated(m: Machine, value: Inst, args: list, kwargs: dict) -> None:
    """A metric adds to its state: inside a tape, no gradient goes through that."""
    inputs = tensors.carriers([*args, *kwargs.values()])
    nodes = [node for datum in inputs if (node := tf_values.node_of(m, datum)) is not None]
    if not m.recording or not nodes:
        return
    site = m.site()
    averaged = value.lib.rsplit(".", 1)[-1] in AVERAGED
    if not averaged and any(type(a) is Datum and a.kind == "variable" for a in args):
        raise Raised("AttributeError", "'ResourceVariable' object has no attribute 'ndim'", site)
    state = Datum("eager", site=site, floating=True)
    for datum in inputs:
        state.data, state.must, state.cuts = state.data | datum.data, state.must | datum.must, state.cuts | datum.cuts
    own = m.cut(site, "tf.Variable.assign", state.data, True) if state.data else 0
    state.cuts |= own
    m.clock += 1
    state.lineage = tf_lineage.Made(state.data, state.cuts, site, tuple(nodes), own, ALL, m.clock, sure=averaged and not m.doubt)
    m.step(site, "tf.Variable.assign", inputs, [], {d.site for d in inputs if d.site >= 0})
    m.put(value.attrs, "#state", state)


def _result(m: Machine, value: Inst) -> Datum:
    state = value.attrs.get("#state")
    if type(state) is not Datum:
        return tf_values.enters(m, Datum("eager", floating=True), "tf.Variable", m.site())
    return tf_values.apply(m, "tf.raw_ops.DivNoNan", [state])
