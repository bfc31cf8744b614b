"""What a TensorFlow tensor or variable is: its handle, dtype, shape and the public name of what made it."""

from __future__ import annotations

import numpy
import tensorflow as tf
from keras.src.backend.common.variables import Variable as KerasVariable
from tensorflow.python import pywrap_tfe
from tensorflow.python.framework import ops
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from autofix.probe.tracked import bare

EagerTensor = ops.EagerTensor
VARIABLES = (BaseResourceVariable, KerasVariable)
OPAQUE = (tf.resource, tf.variant)
_records = pywrap_tfe.TFE_Py_TapeSetShouldRecordBackprop
plain_array, plain_sum = numpy.asarray, numpy.sum

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


def shape_of(body) -> tuple:
    return tuple(body._shape_tuple())


def is_variable(body) -> bool:
    data = getattr(body, "_handle_data", None)
    return body.dtype == tf.resource and data is not None and data.is_set


def variable_facts(body) -> tuple:
    data = getattr(body, "_handle_data", None)
    if data is not None and data.is_set and data.shape_and_type:
        known = data.shape_and_type[0]
        return tuple(dim.size for dim in known.shape.dim), tf.as_dtype(known.dtype).name
    return (), "float32"


def is_live(tensors: list) -> bool:
    """Whether a tape that records now has taken up any of them."""
    return bool(_records(tensors))


def joined(nodes) -> tuple[int, int, set]:
    data = cuts = 0
    sites = set()
    for node in nodes:
        data |= node.data
        cuts |= node.cuts
        if node.site >= 0:
            sites.add(node.site)
    return data, cuts, sites


def is_whole(value) -> bool:
    """Whole numbers choose: what they were computed from is not on the way of the value."""
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, tf.DType):
        return dtype.is_integer or dtype.is_bool
    return getattr(dtype, "kind", "f") in "iub"


def same_numbers(one, other) -> bool:
    """Whether two values hold the same numbers, in whatever shape."""
    try:
        left, right = (numpy.array(as_array(value), dtype=numpy.float64).ravel() for value in (one, other))
    except Exception:
        return False
    return left.shape == right.shape and bool(numpy.allclose(left, right, rtol=1e-5, atol=0.0, equal_nan=True))


def flat(values) -> list:
    return list(tf.nest.flatten(values))


def as_array(value):
    if isinstance(value, KerasVariable):
        value = value._value
    if isinstance(value, BaseResourceVariable):
        value = value.read_value()
    return plain_array(value) if isinstance(value, EagerTensor) else bare(value)


REFLECTED = {
    "add": "__radd__", "subtract": "__rsub__", "multiply": "__rmul__", "divide": "__rtruediv__", "true_divide": "__rtruediv__",
    "power": "__rpow__", "matmul": "__rmatmul__", "floor_divide": "__rfloordiv__", "remainder": "__rmod__",
    "less": "__gt__", "greater": "__lt__", "less_equal": "__ge__", "greater_equal": "__le__", "equal": "__eq__",
    "not_equal": "__ne__", "bitwise_and": "__rand__", "bitwise_or": "__ror__", "bitwise_xor": "__rxor__",
}  # fmt: skip


def reflected(function, left, right):
    """What ``array * tensor`` is without us: the tensor's own reflected operator."""
    method = getattr(type(right), REFLECTED.get(function.__name__, ""), None)
    return NotImplemented if method is None else method(right, left)


def total_of(targets, weights):
    """The number that is differentiated: the sum of all targets' elements, weighted as the program weights them."""
    try:
        total = 0.0
        given = tf.nest.flatten(weights) if weights is not None else [None] * len(targets)
        for target, weight in zip(targets, given):
            values = numpy.array(as_array(target), dtype=numpy.float64)
            total += float(plain_sum(values if weight is None else values * as_array(weight)))
        return total
    except Exception:
        return None
