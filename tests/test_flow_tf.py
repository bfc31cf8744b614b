"""Find without running, TensorFlow and Keras: what single programs show, and what keeps the flow quiet."""

from __future__ import annotations

import ast
import textwrap

import pytest

from autofix import scan
from autofix.find import flow
from autofix.model import Certainty

HEAD = "import math\nimport numpy as np\nimport tensorflow as tf\n"
TAPE = "with tf.GradientTape() as tape:\n    loss = {}\nprint(tape.gradient(loss, w))\n"
W = "w = tf.Variable([1.0, 2.0])\n"
MODEL = "model = tf.keras.Sequential([tf.keras.layers.Dense(4), tf.keras.layers.Dense(1)])\nx = tf.random.normal((5, 3))\n"
STEP = (
    "opt = tf.keras.optimizers.SGD(0.1)\nwith tf.GradientTape() as tape:\n    loss = tf.reduce_mean({} ** 2)\n"
    "grads = tape.gradient(loss, model.trainable_variables)\nopt.apply_gradients(zip(grads, model.trainable_variables))\n"
)
FIT = "model.compile(optimizer='sgd', loss={})\nmodel.fit(np.random.rand(8, 3), np.random.rand(8, 1), epochs=1)\n"


def found(program: str, certainty: Certainty = Certainty.CERTAIN) -> list:
    text = HEAD + textwrap.dedent(program)
    assert scan.screened(text.encode())
    return [b for b in flow.breaks("/nowhere/program.py", text, ast.parse(text)) if b.certainty == certainty]


BROKEN = {
    "numpy": (W + TAPE.format("tf.reduce_sum(w.numpy() ** 2)"), "tf.Tensor.numpy"),
    "numpy function": (W + TAPE.format("tf.reduce_sum(tf.constant(np.exp(w)))"), "tf:numpy.exp"),
    "numpy alone": (W + TAPE.format("np.sum(w)"), "tf:numpy.sum"),
    "float": ("w = tf.Variable(1.0)\n" + TAPE.format("tf.constant(float(w)) * 2.0"), "tf:float"),
    "math": ("w = tf.Variable(1.0)\n" + TAPE.format("tf.constant(math.exp(w))"), "tf:math.exp"),
    "stop_gradient": (W + TAPE.format("tf.reduce_sum(tf.stop_gradient(w) * 2.0)"), "tf.stop_gradient"),
    "rounding": (W + TAPE.format("tf.reduce_sum(tf.round(w))"), "tf.round"),
    "comparison": (W + TAPE.format("tf.reduce_sum(tf.cast(w > 1.0, tf.float32))"), "tf.greater"),
    "cast": (W + TAPE.format("tf.reduce_sum(tf.cast(tf.cast(w, tf.int32), tf.float32))"), "tf.cast"),
    "one hot of argmax": (W + TAPE.format("tf.reduce_sum(tf.one_hot(tf.argmax(w), 2))"), "tf.argmax"),
    "variable": (W + TAPE.format("tf.reduce_sum(tf.Variable(w * 2.0))"), "tf.Variable"),
    "constant": (W + TAPE.format("tf.reduce_sum(tf.constant(w))"), "tf.constant"),
    "integers": ("w = tf.Variable(3)\n" + TAPE.format("w * w"), "tape:integer"),
    "frozen": ("w = tf.Variable(3.0, trainable=False)\n" + TAPE.format("w * w"), "variable:frozen"),
    "unwatched": ("w = tf.constant([1.0])\n" + TAPE.format("w * w"), "tape:unwatched"),
    "an array": ("w = np.array([1.0])\nv = tf.Variable(1.0)\n" + TAPE.format("tf.reduce_sum(v * w)"), "tape:array"),
    "before": (W + "y = w * 2.0\n" + TAPE.format("tf.reduce_sum(y)"), "tape:before"),
    "after": (W + "with tf.GradientTape() as tape:\n    y = w * 2.0\nloss = tf.reduce_sum(y)\nprint(tape.gradient(loss, w))\n", "tape:after"),
    "used up": (W + TAPE.format("tf.reduce_sum(w)") + "print(tape.gradient(loss, w))\n", "tape:used-up"),
    "assigned": (W + "s = tf.Variable([0.0, 0.0])\nwith tf.GradientTape() as tape:\n    s.assign(w * 2.0)\n    loss = tf.reduce_sum(s)\nprint(tape.gradient(loss, w))\n", "tf.Variable.assign"),
    "rebound": (W + "for _ in range(2):\n    with tf.GradientTape() as tape:\n        loss = tf.reduce_sum(w)\n    g = tape.gradient(loss, w)\n    w = w - 0.1 * g\n", "variable:rebound"),
    "in place": (W + TAPE.format("tf.reduce_sum(w)") + "w -= 0.1\n", "variable:in-place"),
    "a copy": (W + TAPE.format("tf.reduce_sum(w)").replace(", w)", ", tf.identity(w))"), "tape:wrong-source"),
    "a part of a variable": (
        W + "s = tf.Variable([0.0, 0.0])\nwith tf.GradientTape() as tape:\n    s[0].assign(w[1] * 2.0)\n    loss = tf.reduce_sum(s)\nprint(tape.gradient(loss, w))\n",
        "tf.Variable.assign",
    ),
    "a number": ("w = 0.5\n" + TAPE.format("tf.exp(tf.constant(1.0) * w)"), "tape:number"),
    "a part of the target": (W + TAPE.format("tf.reduce_sum(w * 2.0)").replace(", w)", ", w[0])"), "tape:wrong-source"),
    "a model without weights": (
        "class Bend(tf.keras.layers.Layer):\n    def build(self, shape):\n        self.tilt = tf.random.normal((3, 1))\n    def call(self, x):\n        return x @ self.tilt\n"
        "model = tf.keras.Sequential([Bend()])\n" + FIT.format("'mse'"),
        "keras:raw-tensor",
    ),
    "a model": (MODEL + STEP.format("tf.stop_gradient(model(x))"), "tf.stop_gradient"),
    "predict": (MODEL + "model(x)\n" + STEP.format("model.predict(x)"), "keras.Model.predict"),
    "a loss that is fitted": (MODEL + "def loss(y, p):\n    return tf.reduce_mean(tf.abs(y - tf.round(p)))\n" + FIT.format("loss"), "tf.round"),
    "batches of a dataset": (
        MODEL + "for x in tf.data.Dataset.from_tensor_slices(x).batch(2):\n" + textwrap.indent(STEP.format("tf.stop_gradient(model(x))"), "    "),
        "tf.stop_gradient",
    ),
}  # fmt: skip

SOUND = {
    "a metric beside": MODEL + STEP.format("model(x)") + "print(float(loss), np.mean(loss))\n",
    "watched": "x = tf.constant([1.0])\nwith tf.GradientTape() as tape:\n    tape.watch(x)\n    y = x * x\nprint(tape.gradient(y, x))\n",
    "watched by a helper": (
        "def look(tape, x):\n    tape.watch(x)\nx = tf.constant([1.0])\nwith tf.GradientTape() as tape:\n    look(tape, x)\n    y = x * x\nprint(tape.gradient(y, x))\n"
    ),
    "watched by code that nobody sees": (
        "from other import look\nx = tf.constant([1.0])\nwith tf.GradientTape() as tape:\n    look(tape, x)\n    y = x * x\nprint(tape.gradient(y, x))\n"
    ),
    "perhaps stopped": W + "import other\nwith tf.GradientTape() as tape:\n    y = w * 2.0\n    if other.cold():\n        y = tf.stop_gradient(y)\nprint(tape.gradient(y, w))\n",
    "perhaps another way": W + "import other\nwith tf.GradientTape() as tape:\n    y = tf.stop_gradient(w) + other.penalty(w)\nprint(tape.gradient(y, w))\n",
    "an unknown function": W + "import other\n" + TAPE.format("other.loss(w)"),
    "a straight-through estimator": W + TAPE.format("tf.reduce_sum(w + tf.stop_gradient(tf.round(w) - w))"),
    "a gradient of its own": "@tf.custom_gradient\ndef f(x):\n    return tf.stop_gradient(x), lambda up: up\n" + W + TAPE.format("tf.reduce_sum(f(w))"),
    "persistent": W + "with tf.GradientTape(persistent=True) as tape:\n    a, b = w * 2.0, w * 3.0\nprint(tape.gradient(a, w), tape.gradient(b, w))\n",
    "asserted None": "x = tf.constant(1.0)\nw = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n    y = w * x\ngrads = tape.gradient(y, [w, x])\nassert grads[1] is None\n",
    "asserted None by unittest": (
        "class Test(tf.test.TestCase):\n    def test(self):\n        x = tf.constant(1.0)\n        with tf.GradientTape() as tape:\n            y = x * x\n        self.assertIsNone(tape.gradient(y, x))\n"
    ),
    "zeros asked for": "x = tf.constant(1.0)\nwith tf.GradientTape() as tape:\n    y = x * x\nprint(tape.gradient(y, x, unconnected_gradients='zero'))\n",
    "a heads' turn": (
        "x = tf.random.normal((5, 3))\nheads = [tf.keras.layers.Dense(1), tf.keras.layers.Dense(1)]\nfor head in heads:\n    head(x)\nfor i in range(4):\n"
        "    with tf.GradientTape() as tape:\n        y = heads[i % 2](x)\n    print(tape.gradient(y, [heads[0].kernel, heads[1].kernel]))\n"
    ),
    "a target network": MODEL + "old = tf.keras.models.clone_model(model)\nmodel(x)\n" + STEP.format("(model(x) - tf.stop_gradient(old(x)))"),
    "Keras 2 watches its variables": MODEL + "model(x)\nwith tf.GradientTape(watch_accessed_variables=False) as tape:\n    tape.watch(model.trainable_variables)\n    y = model(x)\nprint(tape.gradient(y, model.trainable_variables))\n",
    "all that was watched": MODEL + "class M(tf.keras.Model):\n    def call(self, x):\n        return tf.keras.layers.Dense(1)(x)\nwith tf.GradientTape() as tape:\n    y = M()(x)\nprint(tape.gradient(y, tape.watched_variables()))\n",
    "float in a tf.function": "@tf.function\ndef cost(w):\n    return float(tf.reduce_sum(w)) * 2.0\n" + W + TAPE.format("cost(w)"),
    "weights that an initializer makes": (
        "class Scale(tf.keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n        self.s = tf.keras.Variable(tf.keras.initializers.Ones()((2,)))\n"
        "    def call(self, x):\n        return x * self.s\nlayer = Scale()\nwith tf.GradientTape() as tape:\n    y = layer(tf.random.normal((4, 2)))\nprint(tape.gradient(y, layer.trainable_variables))\n"
    ),
    "whole numbers choose": W + "for _ in range(2):\n    with tf.GradientTape() as tape:\n        loss = tf.reduce_sum(tf.gather(w * w, np.argsort(w.numpy())[:1]))\n    w.assign_sub(tape.gradient(loss, w))\n",
    "a fitted model": MODEL + FIT.format("'mse'"),
    "a second derivative": "x = tf.Variable(1.0)\nwith tf.GradientTape() as outer:\n    with tf.GradientTape() as inner:\n        y = x ** 3\n    slope = inner.gradient(y, x)\nprint(outer.gradient(slope, x))\n",
    "choices": W + TAPE.format("tf.reduce_sum(tf.where(w > 0.0, w, tf.zeros_like(w)) * tf.gather(w, tf.argmax(w)))"),
}  # fmt: skip


@pytest.mark.parametrize("program, op", BROKEN.values(), ids=BROKEN)
def test_finds(program, op):
    assert [b.op for b in found(program)] == [op]


@pytest.mark.parametrize("program", SOUND.values(), ids=SOUND)
def test_stays_quiet(program):
    assert found(program) == []


def test_what_depends_on_the_version_of_keras_is_likely_at_most():
    program = """
        class Scale(tf.keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.dense = tf.keras.layers.Dense(2)
                self.scale = tf.Variable(1.0)

            def call(self, x):
                return self.dense(x) * self.scale


        layer = Scale()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(tf.random.normal((4, 2))))
        print(tape.gradient(loss, layer.trainable_variables))
    """
    assert found(program) == []
    assert [b.op for b in found(program, Certainty.LIKELY)] == ["keras:untracked-variable"]


def test_targets_go_by_the_names_of_the_program():
    (only,) = found(MODEL + STEP.format("tf.stop_gradient(model(x))"))
    assert {t.name for t in only.targets} == {f"model.layers[{i}].{w}" for i in (1, 2) for w in ("kernel", "bias")}
