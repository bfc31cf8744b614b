"""The functions of TensorFlow, by name."""

from __future__ import annotations

from functools import cache

from autofix.effects import Effect
from autofix.find.flow import calls, elements, tensors, tf_asked, tf_tapes, tf_values
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import EAGER, NONE, TRUE, Const, Datum, Either, Func, Inst, Items, Partial, Seq, opaque, plain


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEEPS = _words(
    "abs add add_n subtract multiply divide truediv pow exp log log1p expm1 sqrt rsqrt square reciprocal negative sin cos tan sinh "
    "cosh tanh asin acos atan atan2 asinh acosh atanh sigmoid log_sigmoid softplus softsign relu relu6 leaky_relu elu selu gelu silu "
    "swish softmax log_softmax erf erfc lgamma digamma matmul matvec tensordot einsum reduce_sum reduce_mean reduce_max reduce_min "
    "reduce_prod reduce_logsumexp reduce_std reduce_variance reduce_euclidean_norm norm cumsum cumprod maximum minimum "
    "squared_difference identity reshape transpose matrix_transpose squeeze expand_dims concat stack tile pad reverse roll gather "
    "gather_nd slice strided_slice repeat broadcast_to clip_by_value clip_by_norm convert_to_tensor conv1d conv2d conv3d "
    "depthwise_conv2d separable_conv2d conv2d_transpose max_pool max_pool2d avg_pool avg_pool2d bias_add l2_loss l2_normalize dropout "
    "sigmoid_cross_entropy_with_logits softmax_cross_entropy_with_logits sparse_softmax_cross_entropy_with_logits "
    "weighted_cross_entropy_with_logits embedding_lookup inv pinv det logdet cholesky cholesky_solve solve triangular_solve diag "
    "diag_part tensor_diag tensor_diag_part trace adjoint ensure_shape boolean_mask scatter_nd tensor_scatter_nd_update "
    "tensor_scatter_nd_add sort multiply_no_nan divide_no_nan xlogy xdivy accumulate_n polyval floormod mod real cross band_part "
    "batch_normalization unsorted_segment_sum segment_sum l2_normalize local_response_normalization cumulative_logsumexp"
)
"""Whose result surely depends on all tensors they are given, with a gradient."""
PARTS = _words("split unstack meshgrid moments unique_with_counts")
RAW = {
    "add": "AddV2", "subtract": "Sub", "negative": "Neg", "multiply": "Mul", "divide": "RealDiv", "truediv": "RealDiv", "reduce_sum": "Sum",
    "reduce_mean": "Mean", "identity": "Identity", "reshape": "Reshape", "stack": "Pack", "convert_to_tensor": "Identity",
    "squeeze": "Squeeze", "expand_dims": "ExpandDims", "transpose": "Transpose", "gather": "GatherV2",
}  # fmt: skip
WHOLE = {
    "argmax": "tf.argmax", "argmin": "tf.argmin", "greater": "tf.greater", "greater_equal": "tf.greater_equal", "less": "tf.less",
    "less_equal": "tf.less_equal", "equal": "tf.equal", "not_equal": "tf.not_equal", "as_string": "tf.as_string", "categorical": "tf.random.categorical",
}  # fmt: skip
ROUNDS = {"round": "tf.round", "sign": "tf.sign", "floor": "tf.floor", "ceil": "tf.math.ceil", "rint": "tf.math.rint", "floordiv": "tf.math.floordiv"}
SHAPES = _words("shape rank size")
MAKES = _words(
    "zeros ones fill eye range linspace zeros_like ones_like one_hot sequence_mask normal uniform truncated_normal poisson gamma shuffle "
    "stateless_normal stateless_uniform lin_space hann_window"
)
INERT = (
    "tensorflow.print", "tensorflow.debugging", "tensorflow.summary", "tensorflow.config", "tensorflow.io", "tensorflow.saved_model",
    "tensorflow.random.set_seed", "tensorflow.get_logger", "tensorflow.TensorShape", "tensorflow.errors", "tensorflow.version", "tensorflow.test.main",
    "tensorflow.name_scope", "tensorflow.device", "tensorflow.TensorSpec", "tensorflow.train", "tensorflow.no_op", "tensorflow.group",
    "tensorflow.assert_equal", "tensorflow.control_dependencies", "tensorflow.as_dtype", "tensorflow.dtypes.as_dtype", "tensorflow.is_tensor",
)  # fmt: skip
SPACES = ("math", "nn", "linalg", "random", "strings", "dtypes", "image", "")


def call(m: Machine, name: str, args: list, kwargs: dict):
    """Call ``tf.name``."""
    handler = special().get(name)
    if handler is not None:
        return handler(m, args, kwargs)
    if name.startswith(INERT):
        return plain()
    if name.startswith("tensorflow.data."):
        calls.call_back(m, [*args, *kwargs.values()])
        return Datum("opaque", hidden=False)  # what it gives are new tensors, which no tape has seen
    if name.endswith("_initializer"):
        return Inst(None, f"keras.initializers.{name.rsplit('.', 1)[-1]}", m.site())
    rest = name.removeprefix("tensorflow.")
    space, _, short = rest.rpartition(".")
    if space in SPACES and short:
        return _known(m, rest, space, short, args, kwargs)
    return strange(m, args, kwargs)


def strange(m: Machine, args: list, kwargs: dict):
    """A function that is not known: a tensor, or anything else."""
    return m.called_unknown(args, kwargs)


def _known(m: Machine, rest: str, space: str, short: str, args: list, kwargs: dict):
    values = [*args, *(value for key, value in kwargs.items() if key not in ("dtype", "name", "axis", "keepdims"))]
    if any(type(value) in (Func, Partial) for value in values):
        return strange(m, args, kwargs)
    if args and type(args[0]) is Const and args[0].value is None and short in (*KEEPS, *ROUNDS, *WHOLE):
        raise m.none_used("Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor.")
    inputs = tensors.carriers(values)
    if short in SHAPES:
        return Datum("number", floating=False) if short != "shape" else tensors.shape()
    if short in MAKES and (space in ("random", "") or short in ("zeros_like", "ones_like")):
        return _made(m, rest, short, inputs, args, kwargs)
    if short in WHOLE:
        return tf_values.apply(m, WHOLE[short], inputs, Effect.WHOLE, operands=values)
    if short in ROUNDS:
        return tf_values.apply(m, ROUNDS[short], inputs, Effect.ROUNDS, operands=values)
    if short in KEEPS or short in PARTS and short != "unique_with_counts":
        new = tf_values.apply(m, f"tf.{rest}", inputs, Effect.KEEPS, RAW.get(short, ""), values)
        if short in PARTS:
            return _parts(short, new, args, kwargs)
        if short in ("identity", "convert_to_tensor", "ensure_shape") and args and type(args[0]) is Datum:
            tf_values.same(new, args[0])
        return new
    return strange(m, args, kwargs)


def _parts(short: str, new: Datum, args: list, kwargs: dict) -> Seq:
    count = args[1] if len(args) > 1 and short == "split" else kwargs.get("num_or_size_splits")
    if short == "moments":
        count = Const(2)
    if type(count) is Seq and count.items.rest is None:
        count = Const(len(count.items.first))
    if type(count) is Const and isinstance(count.value, int) and count.value <= 64:
        return Seq("list", Items(tuple(new.copy() for _ in range(count.value))))
    return Seq("list", Items((), new))


def _made(m: Machine, rest: str, short: str, inputs: list, args: list, kwargs: dict) -> Datum:
    """A new tensor; where it depends on others (a mean, a limit), it is one of theirs."""
    if short == "one_hot" and inputs and inputs[0].lineage is not None and (inputs[0].data or inputs[0].hidden):
        return tf_values.apply(m, "tf.one_hot", inputs[:1], operands=args, floating=_floating(short, args, kwargs))
    given = [datum for datum in inputs if tf_values.node_of(m, datum) is not None and datum.floating is not False]
    if given and short not in ("zeros_like", "ones_like", "one_hot", "sequence_mask"):
        return tf_values.apply(m, f"tf.{rest}", given, sure=False)
    new = Datum("eager")
    new.floating = _floating(short, args, kwargs)
    return tf_values.enters(m, new, f"tf.{rest}", m.site())


def _floating(short: str, args: list, kwargs: dict) -> bool | None:
    place = {"zeros": 1, "ones": 1, "zeros_like": 1, "ones_like": 1, "normal": 3, "truncated_normal": 3, "uniform": 3}.get(short)
    wanted = kwargs.get("dtype", args[place] if place is not None and len(args) > place else None)
    if wanted is not None:
        return tf_values.floating_type(wanted)
    if short in ("range", "fill"):
        given = args if short == "range" else [args[1] if len(args) > 1 else kwargs.get("value")]
        answers = [isinstance(v.value, float) if type(v) is Const else None for v in given if v is not None]
        return True if True in answers else (None if None in answers or not answers else False)
    if short.endswith("_like"):
        return args[0].floating if args and type(args[0]) is Datum else None
    return True if short in ("zeros", "ones", "eye", "linspace", "normal", "truncated_normal", "uniform", "one_hot", "stateless_normal") else None


# -- functions with a meaning of their own ----------------------------------------------------------


def constant(m: Machine, args: list, kwargs: dict):
    """``tf.constant(x)``: of a tensor it is that tensor; what is taken from a variable or a list is a copy."""
    given = args[0] if args else kwargs.get("value", plain())
    kwargs = {**kwargs, **({"dtype": args[1]} if len(args) > 1 else {})}
    if type(given) is Datum and given.kind == "eager" and "dtype" not in kwargs:
        return given
    if type(given) is Either or type(given) is Datum and given.hidden and given.kind != "variable":
        return tf_values.apply(m, "tf.constant", tensors.carriers([given]), sure=False)
    inputs = tensors.carriers([given])
    if type(given) is Datum and given.kind == "array" and (given.lineage is None or given.lineage.op == "" and given.lineage.source >= 0 and not given.lineage.parents):
        return copied(m, given, kwargs)
    if type(given) is Seq and any(datum.kind in EAGER for datum in inputs) and not m.doubt and not m.guarded:
        raise Raised("ValueError", "TypeError: Scalar tensor has no `len()`", m.site())
    held = [datum for datum in inputs if tf_values.node_of(m, datum) is not None]
    effect = Effect.CUTS if any(datum.kind in EAGER for datum in held) else Effect.KEEPS
    if not held or not any(datum.data or datum.hidden for datum in held):
        return tf_values.enters(m, Datum("eager", floating=tf_values.floating_of(given, kwargs)), "tf.constant", m.site())
    new = tf_values.apply(m, "tf.constant", held, effect, operands=[given], sure=not any(datum.hidden for datum in held))
    new.floating = tf_values.floating_of(given, kwargs)
    return _off(m, new)


def _off(m: Machine, new: Datum) -> Datum:
    """What comes from numpy or Python is no tape's affair."""
    new.lineage.tapes, new.lineage.lives = -1, 0
    new.lineage.live = False
    new.lineage.whole = new.floating is False
    return new


def copied(m: Machine, array: Datum, kwargs: dict) -> Datum:
    """A tensor of a plain array's numbers: for a tape the two have nothing in common."""
    floating = tf_values.floating_of(array, kwargs)
    node = tf_values.node_of(m, array) if array.floating is not False else None
    new = tf_values.enters(m, Datum("eager", floating=floating), "tf.constant", m.site(), [node] if node is not None else [])
    if node is not None:
        m.array_copies.setdefault(node.source, []).append(new.source)
    return new


def converted(m: Machine, args: list, kwargs: dict):
    """``tf.convert_to_tensor(x)``: keeps the gradient of tensors, variables and lists of them."""
    given = args[0] if args else kwargs.get("value", plain())
    if type(given) is Datum and given.kind == "eager" or not any(datum.kind in EAGER for datum in tensors.carriers([given])):
        return constant(m, args, {k: v for k, v in kwargs.items() if k != "name"})
    new = tf_values.apply(m, "tf.convert_to_tensor", tensors.carriers([given]), raw="Identity", operands=[given])
    return tf_values.same(new, given) if type(given) is Datum else new


def cast(m: Machine, args: list, kwargs: dict):
    """``tf.cast(x, dtype)``."""
    given = args[0] if args else kwargs.get("x", plain())
    wanted = args[1] if len(args) > 1 else kwargs.get("dtype", plain())
    to = tf_values.floating_type(wanted)
    inputs = tensors.carriers([given])
    if to is None:
        return tf_values.apply(m, "tf.cast", inputs, sure=False)
    if to:
        new = tf_values.apply(m, "tf.cast", inputs, raw="Cast", operands=[given], floating=True)
        if any(datum.floating is None for datum in inputs):
            new.lineage.sure = False
        if inputs and all(datum.floating is False for datum in inputs):
            new.lineage.lives = new.lineage.perhaps = 0
            new.lineage.live = False
        return new
    return tf_values.apply(m, "tf.cast", inputs, Effect.WHOLE, operands=[given])


def stopped(m: Machine, args: list, kwargs: dict):
    given = [*args, *kwargs.values()]
    return tf_values.apply(m, "tf.stop_gradient", tensors.carriers(given), Effect.CUTS, operands=given, sure=not any(type(v) is Either for v in given))


def chosen(m: Machine, args: list, kwargs: dict):
    """``tf.where(condition, x, y)``; with a condition alone it gives places."""
    values = [*args, *(v for k, v in kwargs.items() if k != "name")]
    if len(values) == 1:
        return tf_values.apply(m, "tf.where", tensors.carriers(values), Effect.WHOLE, operands=values)
    new = tf_values.apply(m, "tf.where", tensors.carriers(values), operands=values)
    new.floating = tf_values._floating([datum for datum in tensors.carriers(values[1:])])
    return new


def outside(op: str):
    """``tf.numpy_function``, ``tf.py_function``: the function is called by TensorFlow; no gradient comes out of numpy."""

    def apply(m: Machine, args: list, kwargs: dict):
        function = args[0] if args else kwargs.get("func", NONE)
        given = args[1] if len(args) > 1 else kwargs.get("inp", opaque())
        kind = args[2] if len(args) > 2 else kwargs.get("Tout", NONE)
        if type(function) is not Func or op == "tf.py_function" and not _leaves(function):
            return strange(m, args, kwargs)
        new = tf_values.apply(m, op, tensors.carriers([given]), Effect.CUTS, operands=[function, given])
        new.floating = tf_values.floating_type(kind)
        if type(kind) in (Seq, Either) or new.floating is None:
            return m.unknown([new])
        new.lineage.whole = new.floating is False
        if op == "tf.numpy_function":
            new.lineage.tapes = -1
        return new

    return apply


def _leaves(function: Func) -> bool:
    """Whether all that a function returns went through ``.numpy()``: tf.py_function differentiates TensorFlow's operations."""
    import ast

    arguments = [a.arg for a in function.node.args.args]
    uses = [n for n in ast.walk(function.node) if isinstance(n, ast.Name) and n.id in arguments and isinstance(n.ctx, ast.Load)]
    read = [n for n in ast.walk(function.node) if isinstance(n, ast.Attribute) and n.attr == "numpy" and isinstance(n.value, ast.Name)]
    return bool(uses) and len(uses) == len([n for n in read if n.value.id in arguments])


def variable(m: Machine, args: list, kwargs: dict):
    given = args[0] if args else kwargs.get("initial_value", plain())
    kwargs = {**kwargs, **({"trainable": args[1]} if len(args) > 1 else {})}
    if type(given) in (Func, Partial):
        given = calls.call(m, given, [], {})
    return tf_values.variable(m, given, kwargs)


def top(m: Machine, args: list, kwargs: dict):
    given = tensors.carriers(args[:1])
    values = tf_values.apply(m, "tf.math.top_k", given)
    return Seq("tuple", Items((values, tf_values.apply(m, "tf.math.top_k", given, Effect.WHOLE))))


def ordered(m: Machine, args: list, kwargs: dict):
    return tf_values.apply(m, "tf.math.top_k", tensors.carriers(args[:1]), Effect.WHOLE)


def function_(m: Machine, args: list, kwargs: dict):
    """``tf.function(f)``, or ``@tf.function(...)``."""
    given = args[0] if args else kwargs.get("func", NONE)
    if type(given) is Func:
        given.attrs["#graph"] = plain()  # called so, or as it is
    if given is not NONE:
        return given
    made = Inst(None, "tensorflow.function")
    made.attrs["autograph"] = kwargs.get("autograph", TRUE)
    return made


def custom(m: Machine, args: list, kwargs: dict):
    """A function with a gradient of its own: what comes back is its own affair."""
    if args and type(args[0]) is Func:
        args[0].veiled = True
    return args[0] if args else opaque()


def mapped(m: Machine, args: list, kwargs: dict):
    """``tf.nest.map_structure(f, s)``."""
    if len(args) == 2 and type(args[1]) is Seq and args[1].items.rest is None:
        return Seq(args[1].kind, Items(tuple(calls.call(m, args[0], [one], {}) for one in args[1].items.first)))
    return strange(m, args, kwargs)


def flattened(m: Machine, args: list, kwargs: dict):
    leaves = tf_asked.flat(args[0] if args else opaque())
    return Seq("list", Items(tuple(leaves)))


def clipped(m: Machine, args: list, kwargs: dict):
    """``tf.clip_by_global_norm(grads, n)``: as many as were given, and their norm."""
    items = elements.iterated(m, args[0]) if args else Items((), opaque())
    first = tuple(NONE if type(one) is Const else tf_values.apply(m, "tf.clip_by_global_norm", tensors.carriers([one])) for one in items.first)
    return Seq("tuple", Items((Seq("list", Items(first, None if items.rest is None else opaque())), opaque())))


@cache
def special() -> dict:
    return {
        "tensorflow.GradientTape": tf_tapes.make, "tensorflow.Variable": variable, "tensorflow.constant": constant, "tensorflow.convert_to_tensor": converted,
        "tensorflow.cast": cast, "tensorflow.stop_gradient": stopped, "tensorflow.where": chosen, "tensorflow.numpy_function": outside("tf.numpy_function"),
        "tensorflow.py_function": outside("tf.py_function"), "tensorflow.math.top_k": top, "tensorflow.nn.top_k": top, "tensorflow.argsort": ordered,
        "tensorflow.function": function_, "tensorflow.custom_gradient": custom, "tensorflow.nest.map_structure": mapped, "tensorflow.nest.flatten": flattened,
        "tensorflow.clip_by_global_norm": clipped, "tensorflow.strings.to_number": _parsed, "tensorflow.dtypes.cast": cast,
        "tensorflow.autodiff.GradientTape": tf_tapes.make,
    }  # fmt: skip


def _parsed(m: Machine, args: list, kwargs: dict):
    return tf_values.apply(m, "tf.raw_ops.StringToNumber", tensors.carriers(args[:1]), operands=args, floating=True)
