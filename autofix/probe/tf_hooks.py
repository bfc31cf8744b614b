"""Put TensorFlow and Keras under the probe: which of their functions are replaced, for one process only."""

from __future__ import annotations

import weakref

import keras
import numpy
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer
from keras.src.utils import progbar
from tensorflow.python import pywrap_tfe
from tensorflow.python.autograph.core.ag_ctx import Status, control_status_ctx
from tensorflow.python.autograph.operators import py_builtins
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.framework import constant_op, ops, tensor
from tensorflow.python.ops import custom_gradient
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from autofix.probe.tape_paths import Node
from autofix.probe.tf_probe import TfProbe
from autofix.probe.tf_tapes import TfTapes
from autofix.probe.tf_values import EagerTensor, flat, handle, is_live, joined, watch_shape
from autofix.probe.tracked import bare, dressed


def install(probe: TfProbe, tapes: TfTapes, blind: dict) -> None:
    """Watch TensorFlow from now on, in this process only. ``blind``: the calls that are routed through us."""
    tf.config.run_functions_eagerly(True)
    pywrap_tfe.TFE_Py_FastPathExecute = probe.fast
    pywrap_tfe.TFE_Py_Execute = probe.slow
    constant_op.convert_to_eager_tensor = probe.convert
    _hook_numpy(probe)
    _hook_functions(blind)
    _hook_tapes(probe, tapes)
    _hook_custom_gradients(probe)
    _hook_variables(probe)
    _hook_keras(probe, tapes)


def _hook_numpy(probe: TfProbe) -> None:
    base = ops._EagerTensorBase
    to_numpy = base.numpy

    def numpy_(self):
        return probe.to_numpy(self, to_numpy(self), "tf.Tensor.numpy")

    base.numpy = dressed(numpy_, to_numpy)

    def array_ufunc(self, function, method, *inputs, **kwargs):
        return probe.ufunc(function, method, inputs, kwargs)

    tensor.Tensor.__array_ufunc__ = array_ufunc
    BaseResourceVariable.__array_ufunc__ = array_ufunc


def _hook_functions(blind: dict) -> None:
    """In a ``tf.function``, autograph makes a cast of ``float(t)``, which keeps the gradient: so it is here."""
    call, running = Function.__call__, []

    def called(self, *args, **kwargs):
        running.append(self._autograph)
        try:
            return call(self, *args, **kwargs)
        finally:
            running.pop()

    def cast(number, converted):
        def number_or_tensor(*args):
            if running and running[-1] and len(args) == 1 and tf.is_tensor(args[0]) and control_status_ctx().status != Status.DISABLED:
                return converted(args[0])
            return number(*args)

        return number_or_tensor

    Function.__call__ = dressed(called, call)
    blind[float], blind[int] = cast(blind[float], py_builtins.float_), cast(blind[int], py_builtins.int_)


def _hook_tapes(probe: TfProbe, tapes: TfTapes) -> None:
    kind = tf.GradientTape
    init, push, pop, watch, stop = kind.__init__, kind._push_tape, kind._pop_tape, kind.watch, kind.stop_recording

    def made(self, *args, **kwargs):
        init(self, *args, **kwargs)
        tapes.tape(self)

    def pushed(self):
        push(self)
        if not probe.watch.mute:  # ``jacobian`` opens its tape once more for itself
            tapes.switched(self, True)

    def popped(self):
        pop(self)
        if not probe.watch.mute:
            tapes.switched(self, False)

    def watched(self, tensor):
        try:
            result = watch(self, tensor)
        except ValueError:
            if not probe.silent:
                tapes.not_watched(self, tensor)
            raise
        if not probe.silent:
            tapes.watched(self, tensor)
        return result

    def stopped(self):
        tapes.tape(self).stopped.append((probe.watch.places.here(), probe.watch.clock, -1))
        return stop(self)

    kind.__init__, kind._push_tape, kind._pop_tape = dressed(made, init), dressed(pushed, push), dressed(popped, pop)
    kind.watch, kind.stop_recording = dressed(watched, watch), dressed(stopped, stop)
    _hook_gradients(probe, tapes, kind)


def _hook_gradients(probe: TfProbe, tapes: TfTapes, kind) -> None:
    gradient, jacobian, batch_jacobian = kind.gradient, kind.jacobian, kind.batch_jacobian

    def probed_gradient(self, target, sources, output_gradients=None, *args, **kwargs):
        def run():
            return gradient(self, _bare(target), sources, output_gradients, *args, **kwargs)

        return run() if probe.silent else tapes.differentiate(self, "gradient", target, sources, output_gradients, run)

    def whole(function, how):
        def probed(self, target, sources, *args, **kwargs):
            def run():
                tf.config.run_functions_eagerly(False)
                try:
                    return function(self, _bare(target), sources, *args, **kwargs)
                finally:
                    tf.config.run_functions_eagerly(True)

            return run() if probe.silent else tapes.differentiate(self, how, target, sources, None, run)

        return dressed(probed, function)

    kind.gradient = dressed(probed_gradient, gradient)
    kind.jacobian, kind.batch_jacobian = whole(jacobian, "jacobian"), whole(batch_jacobian, "batch_jacobian")


def _bare(value):
    return bare(value) if value is not None else None


def _hook_custom_gradients(probe: TfProbe) -> None:
    """A function with a gradient of its own is one operation: what it does inside is its own affair."""
    decorate = custom_gradient._eager_mode_decorator

    def opaque(function, args, kwargs):
        if probe.silent:
            return decorate(function, args, kwargs)
        watch = probe.watch
        watch.clock += 1
        carriers = list(probe._carriers((*args, *kwargs.values())))
        with watch.muted():
            out = decorate(function, args, kwargs)
        nodes = tuple(node for _, node in carriers)
        data, cuts, _ = joined(nodes)
        site = watch.places.here()
        for result in flat(out):
            if data and isinstance(result, EagerTensor):
                code = getattr(function, "__code__", None)
                users = code is not None and watch.places.is_users(code.co_filename)
                own = watch.cut(site, f"function:{function.__name__}", data, cuts, True, soft=True) if users else 0
                live = is_live([result])
                watch.ledger.put(result, Node(data, cuts | own, site, nodes, own, probe.recording, watch.clock, live))
        return out

    custom_gradient._eager_mode_decorator = opaque
    numpy_function = tf.numpy_function

    def probed_numpy_function(func=None, inp=None, *args, **kwargs):
        if probe.silent:
            return numpy_function(func, inp, *args, **kwargs)
        watch = probe.watch
        watch.clock += 1
        nodes = tuple(node for _, node in probe._carriers([inp]))
        with watch.muted():
            out = numpy_function(func, inp, *args, **kwargs)
        data, cuts, before = joined(nodes)
        site = watch.places.here()
        for result in flat(out):
            if data and isinstance(result, EagerTensor):
                own = watch.cut(site, "tf.numpy_function", data, cuts, True)
                watch.ledger.put(result, Node(data, cuts | own, site, nodes, own, probe.recording, watch.clock))
                watch.step(site, "tf.numpy_function", [func, inp], [result], before)
        return out

    tf.numpy_function = dressed(probed_numpy_function, numpy_function)


def _hook_variables(probe: TfProbe) -> None:
    """Know each variable by its handle, and whether it means to be trained."""
    init = BaseResourceVariable.__init__

    def made(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if type(self).__name__ == "_UnreadVariable":  # what ``assign`` gives: another face of the same variable
            return
        body = handle(self)
        node = probe.watch.ledger.get(body) if body is not None else None
        if node is not None and node.source >= 0:
            source = probe.watch.sources[node.source]
            source.alive, source.dtype, source.shape = weakref.ref(self), self.dtype.name, watch_shape(self)
            source.trainable = bool(self.trainable)

    BaseResourceVariable.__init__ = dressed(made, init)


def _hook_keras(probe: TfProbe, tapes: TfTapes) -> None:
    apply = BaseOptimizer.apply
    predict, predict_on_batch = keras.Model.predict, keras.Model.predict_on_batch
    compute_loss = getattr(keras.Model, "_compute_loss", None)  # since Keras 3.3

    def applied(self, grads, trainable_variables=None, *args, **kwargs):
        if probe.silent:
            return apply(self, grads, trainable_variables, *args, **kwargs)
        grads = list(grads)
        variables = list(trainable_variables) if trainable_variables is not None else None
        tapes.applied(grads, variables if variables is not None else self._trainable_variables)
        with probe.watch.muted():
            return apply(self, grads, variables, *args, **kwargs)

    def opaque(function, op):
        def predicted(self, *args, **kwargs):
            if probe.silent:
                return function(self, *args, **kwargs)
            inputs = [v for v in (*args, *kwargs.values()) if isinstance(v, (EagerTensor, numpy.ndarray))]
            probe.watch.clock += 1
            carriers = [(v, node) for v in self.weights if (node := probe.node(v)) is not None]
            probe.used(carriers)
            with probe.watch.muted():
                out = function(self, *bare(args), **bare(kwargs))
            operands = [v for v in (*inputs, *self.weights) if probe.node(v) is not None]
            return probe.tracking.passed_on(op, operands, out) if operands else out

        return dressed(predicted, function)

    def computed(self, *args, training=True, **kwargs):
        loss = compute_loss(self, *args, training=training, **kwargs)
        if training and not probe.silent and not self.trainable_weights:
            tapes.nothing_to_train(loss)
        return loss

    BaseOptimizer.apply = dressed(applied, apply)
    if compute_loss is not None:
        keras.Model._compute_loss = dressed(computed, compute_loss)
    keras.Model.predict = opaque(predict, "keras.Model.predict")
    keras.Model.predict_on_batch = opaque(predict_on_batch, "keras.Model.predict_on_batch")
    progbar.time = _Still()


class _Still:
    """A clock that stands still: progress bars print no times, so that two runs print the same."""

    @staticmethod
    def time() -> float:
        return 0.0
