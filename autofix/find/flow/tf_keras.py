"""Keras: how its layers, models and other objects are made, their attributes and methods."""

from __future__ import annotations

from autofix.find.flow import (
    elements,
    tensors,
    tf_fit,
    tf_layers,
    tf_values,
    tf_weights,
)
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    FALSE,
    NONE,
    TRUE,
    Const,
    Datum,
    Inst,
    Items,
    Seq,
    opaque,
    plain,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RECURRENT = ("LSTM", "GRU", "SimpleRNN")
WEIGHTLESS = _words(
    "Activation ReLU LeakyReLU ELU Softmax Dropout SpatialDropout1D SpatialDropout2D GaussianNoise GaussianDropout AlphaDropout Flatten "
    "Reshape Permute RepeatVector MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D AveragePooling1D "
    "AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D "
    "GlobalMaxPooling2D GlobalAvgPool2D GlobalMaxPool2D Concatenate Add Multiply Subtract Average Maximum Minimum Dot ZeroPadding1D "
    "ZeroPadding2D Cropping2D UpSampling1D UpSampling2D Rescaling InputLayer"
)
CALLS = ("call", "__call__", "forward")
MODELS = ("keras.Sequential", "keras.models.Sequential")
FUNCTIONAL = ("keras.Model", "keras.models.Model")
LISTS = ("trainable_variables", "trainable_weights", "variables", "weights", "non_trainable_variables", "non_trainable_weights")
IDLE = _words("summary save save_weights load_weights set_weights build compute_output_shape get_config reset_states reset_state evaluate test_on_batch to_json export")


# -- making ----------------------------------------------------------------------------------------


def make(m: Machine, name: str, args: list, kwargs: dict):
    """``tf.keras.…(...)``."""
    short = name.rsplit(".", 1)[-1]
    if name in MODELS:
        return _sequential(m, args, kwargs)
    if name in FUNCTIONAL:
        return _functional(m, args, kwargs)
    if name in ("keras.Input", "keras.layers.Input"):
        made = Inst(None, "keras.KerasTensor", m.site())
        made.attrs["chain"] = Items((Inst(None, "keras.layers.InputLayer"),))
        return made
    if name.startswith("keras.layers.") and short[:1].isupper():
        return layer(m, short, args, kwargs)
    if name.startswith(("keras.losses.", "keras.metrics.", "keras.optimizers.")) and short[:1].isupper():
        made = Inst(None, name, m.site())
        return made
    if name.startswith("keras.losses.") or name.startswith("keras.activations."):
        new = tf_values.apply(m, name, tensors.carriers([*args, *kwargs.values()]), operands=args)
        return new
    if name == "keras.Variable":
        return tf_weights.made(m, args[0] if args else kwargs.get("initializer", plain()), kwargs)
    if name.startswith("keras.initializers."):
        return Inst(None, name, m.site())
    if name in ("keras.models.clone_model",):
        return _cloned(m, args[0]) if args else opaque()
    if name.startswith(("keras.utils.", "keras.backend.clear_session", "keras.callbacks.", "keras.regularizers.", "keras.constraints.", "keras.datasets.", "keras.mixed_precision.")):
        return plain() if not name.startswith("keras.datasets.") else opaque()
    return m.called_unknown(args, kwargs)


def layer(m: Machine, short: str, args: list, kwargs: dict) -> Inst:
    """A layer of Keras's own; its weights come when it is first called."""
    made = Inst(None, f"keras.layers.{short}", m.site())
    activation = kwargs.get("activation", args[1] if short == "Dense" and len(args) > 1 else args[0] if short == "Activation" and args else NONE)
    made.attrs["#activation"] = activation
    if m.frame.func is not None and m.frame.func.name in CALLS:
        made.attrs["#fresh"] = TRUE
    trainable = kwargs.get("trainable", TRUE)
    if trainable is not TRUE:
        made.attrs["#trainable"] = trainable
    names = list(tf_weights.WEIGHTS.get(short, ()))
    for flag, name in (("use_bias", "bias"), ("center", "beta"), ("scale", "gamma")):
        given = kwargs.get(flag, TRUE)
        if type(given) is Const and not given.value and name in names:
            names.remove(name)
        elif type(given) is not Const:
            names = ["*"]
    if short in RECURRENT:
        made.attrs["cell"] = layer(m, f"{short}Cell", [], {key: kwargs[key] for key in ("use_bias", "trainable") if key in kwargs})
        made.attrs["#states"] = kwargs.get("return_state", FALSE)
    strange = short not in (*tf_weights.WEIGHTS, *WEIGHTLESS, *RECURRENT) or "**" in kwargs
    made.attrs["#names"] = Items(tuple(Const(name) for name in (["*"] if strange else names)))
    if isinstance(kwargs.get("name"), Const):
        made.attrs["#name"] = kwargs["name"]
    return made


def _sequential(m: Machine, args: list, kwargs: dict) -> Inst:
    made = Inst(None, "keras.Sequential", m.site())
    given = args[0] if args else kwargs.get("layers", NONE)
    items = elements.iterated(m, given) if given is not NONE else Items()
    made.attrs["#layers"] = items
    if items.first and tf_weights.is_input(items.first[0]):
        tf_weights.build(m, made)
    return made


def _functional(m: Machine, args: list, kwargs: dict):
    """``Model(inputs, outputs)``: a chain of layers, where it is one."""
    inputs, outputs = args[0] if args else kwargs.get("inputs", NONE), args[1] if len(args) > 1 else kwargs.get("outputs", NONE)
    made = Inst(None, "keras.Model", m.site())
    ends = outputs.items.first if type(outputs) is Seq and outputs.items.rest is None else (outputs,)
    chains = [end.attrs["chain"].first for end in ends if type(end) is Inst and end.lib == "keras.KerasTensor" and end.attrs["chain"].rest is None]
    longest = max(chains, key=len, default=())
    chained = len(chains) == len(ends) and all(longest[: len(chain)] == chain for chain in chains)
    if not chained or not longest or not tf_weights.is_input(inputs) or inputs.attrs["chain"].first[0] is not longest[0]:
        made.attrs["#layers"] = Items((), opaque())
        return made
    made.attrs["#layers"] = Items(longest)
    made.attrs["#ends"] = Items(tuple(Const(len(chain)) for chain in chains))
    made.attrs["#several"] = TRUE if type(outputs) is Seq else FALSE
    return made


def _cloned(m: Machine, model):
    if type(model) is not Inst or model.cls is not None or "#layers" not in model.attrs:
        return opaque()
    made = Inst(None, model.lib, m.site())
    made.attrs.update(model.attrs)
    first = []
    for one in model.attrs["#layers"].first:
        if type(one) is not Inst or one.cls is not None or not one.layer and not tf_weights.is_input(one):
            return opaque()
        twin = Inst(None, one.lib, m.site())
        twin.attrs = {key: value for key, value in one.attrs.items() if key.startswith("#") and key != "#built"}
        first.append(twin)
    made.attrs["#layers"] = Items(tuple(first), model.attrs["#layers"].rest)
    if "#built" in made.attrs:
        for one in first:
            tf_weights.build(m, one)
    return made


# -- attributes and methods -------------------------------------------------------------------------


def attribute(m: Machine, value: Inst, name: str):
    """An attribute of a layer that the program did not set; NotImplemented where it is none that is known."""
    if name in LISTS:
        return tf_weights.listed(m, value, name)
    if name == "trainable":
        return value.attrs.get("#trainable", TRUE)
    if name == "optimizer" and "#optimizer" in value.attrs:
        return value.attrs["#optimizer"]
    if name == "layers" and value.cls is None and "#layers" in value.attrs:
        items = value.attrs["#layers"]
        return Seq("list", Items(tuple(one for one in items.first if not tf_weights.is_input(one)) if value.lib == "keras.Sequential" else items.first, items.rest))
    if name == "submodules" or name == "layers" or name in ("losses", "metrics", "optimizer", "output", "input", "outputs", "inputs"):
        return m.unknown([value])
    if name in ("name", "dtype", "built", "input_shape", "output_shape", "stateful", "compute_dtype", "trainable_weights_count", "activation"):
        return plain()
    return NotImplemented


def set_attribute(m: Machine, value: Inst, name: str, given) -> bool:
    """Whether ``layer.name = value`` is Keras's own affair."""
    if name == "trainable":
        m.put(value.attrs, "#trainable", given if not m.doubt else plain())
        for datum in tf_weights.weights(value):
            if datum.source >= 0:
                m.put(m.seen.sources[datum.source], "frozen", not (type(given) is Const and given.value))
        return True
    return False


def method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    """A method that every layer or model has; NotImplemented where it is none that is known."""
    if name == "add_weight":
        return _add_weight(m, args, kwargs)
    if name in ("predict", "predict_on_batch"):
        return tf_layers.predicted(m, value, args, kwargs)
    if name == "__call__" or name == "call" and value.cls is None:
        return tf_layers.call(m, value, args, kwargs)
    if name == "compile":
        _compiled(m, value, args, kwargs)
        return NONE
    if name == "compute_loss" and value.cls is not None:
        inputs = tensors.carriers([*args, *kwargs.values()])
        return tf_values.apply(m, "tf.keras.Model.compute_loss", inputs, sure=False)
    if name in ("fit", "train_on_batch"):
        tf_fit.fit(m, value, args, kwargs)
        return plain() if name == "fit" else opaque()
    if name == "get_weights":
        return _copies(m, value)
    if name == "build":
        tf_weights.build(m, value) if value.cls is None else None
        return NONE
    if name == "add" and value.lib == "keras.Sequential" and args:
        _added(m, value, args[0])
        return NONE
    if name == "get_layer":
        return _layer_named(m, value, args, kwargs)
    if name in IDLE:
        return plain() if name not in ("set_weights",) else NONE
    if name in ("add_loss", "add_metric"):
        m.put(value.attrs, "*", opaque())
        return NONE
    return NotImplemented


def _compiled(m: Machine, value: Inst, args: list, kwargs: dict) -> None:
    """``model.compile(optimizer, loss)``."""
    m.put(value.attrs, "#loss", args[1] if len(args) > 1 else kwargs.get("loss", NONE))
    optimizer = args[0] if args else kwargs.get("optimizer", NONE)
    known = type(optimizer) is Inst or type(optimizer) is Const and isinstance(optimizer.value, str)
    m.put(value.attrs, "#optimizer", Inst(None, "keras.optimizers.Any") if known and "**" not in kwargs else opaque())


def _add_weight(m: Machine, args: list, kwargs: dict) -> Datum:
    wanted = kwargs.get("dtype")
    floating = True if wanted is None or wanted is NONE else tf_values.floating_type(wanted)
    return tf_weights.weight(m, kwargs.get("trainable", TRUE), floating)


def _added(m: Machine, value: Inst, one) -> None:
    items = value.attrs["#layers"]
    m.put(value.attrs, "#layers", elements.appended(items, Items((one,))))
    if items.first and tf_weights.is_input(items.first[0]) and type(one) is Inst and one.layer and one.cls is None:
        tf_weights.build(m, one)


def _copies(m: Machine, value: Inst) -> Seq:
    """``get_weights()``: arrays."""
    held = tf_weights.known(m, value)
    copies = []
    for datum in held:
        if datum.kind != "variable":
            return Seq("list", Items((), opaque()))
        new = tensors.off_graph(m, "tf.Tensor.numpy", [datum], "array")
        new.floating = datum.floating
        copies.append(tf_values.same(new, datum))
    return Seq("list", Items(tuple(copies)))


def _layer_named(m: Machine, value: Inst, args: list, kwargs: dict):
    wanted = args[0] if args else kwargs.get("name", kwargs.get("index"))
    if type(wanted) is Const and "#layers" in value.attrs:
        for one in value.attrs["#layers"].first:
            known = one.attrs.get("#name") if type(one) is Inst else None
            if type(known) is Const and known.value == wanted.value:
                return one
    return m.unknown([value])
