"""``model.fit``: the training step that Keras takes, or the one that the model brings along."""

from __future__ import annotations

from autofix.find.flow import calls, objects, tensors, tf_tapes, tf_values, tf_weights
from autofix.find.flow.machine import Machine
from autofix.find.values import Const, Datum, Func, Inst, Items, Partial, Ref, Seq

BATCHES = 2


def fit(m: Machine, model: Inst, args: list, kwargs: dict) -> None:
    """Two steps on batches of the data."""
    own = model.cls.find("train_step") if model.cls is not None else None
    if model.cls is not None and model.cls.foreign or m.settling or m.doubt:
        calls.call_back(m, [*args, *kwargs.values()])
        return
    x, y = (args[place] if len(args) > place else kwargs.get(name) for place, name in enumerate("xy"))
    if x is None or "**" in kwargs or not _is_data(x) or y is not None and not _is_data(y):
        return
    node = m.node
    for _ in range(BATCHES):
        m.node = node
        batch = [_batch(m, one) for one in (x, y) if one is not None]
        if type(own) is Func:
            calls.call(m, objects.bound(m, own, model), [Seq("tuple", Items(tuple(batch))) if y is not None else batch[0]], {})
        elif len(batch) == 2:
            _step(m, model, *batch)
    m.node = node


def _is_data(value) -> bool:
    return type(value) is Datum and value.kind in ("array", "eager") and not value.hidden


def _batch(m: Machine, value: Datum) -> Datum:
    """A part of the data, as a tensor."""
    return tf_values.enters(m, Datum("eager", floating=value.floating), "tf.Tensor", m.site())


def _step(m: Machine, model: Inst, x: Datum, y: Datum) -> None:
    """The step of ``keras.Model``: the loss that was compiled, and the gradients of all weights."""
    loss = model.attrs.get("#loss")
    named = type(loss) is Const and isinstance(loss.value, str) or type(loss) is Inst and loss.lib.startswith("keras.losses.")
    if not named and type(loss) not in (Func, Partial, Ref):
        return
    node = m.node
    tape = tf_tapes.make(m, [], {})
    tf_tapes.opened(m, tape)
    guess = calls.call(m, model, [x], {})
    m.node = node
    if type(guess) is not Datum or guess.kind != "eager":
        tf_tapes.closed(m, tape)
        return
    if named or type(loss) is Ref:
        given = tensors.carriers([y, guess])
    else:
        given = tensors.carriers([calls.call(m, loss, [y, guess], {})])
    m.node = node
    sure = all(datum.kind in ("eager", "array") for datum in given)
    value = given[0] if len(given) == 1 and given[0].kind == "eager" else tf_values.apply(m, "tf.keras.losses", given, sure=sure)
    tf_tapes.closed(m, tape)
    weights = tf_weights.listed(m, model, "trainable_variables")
    tf_tapes.method(m, tape, "gradient", [value, weights], {})

