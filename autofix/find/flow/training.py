"""Files in which nobody trains: each module and each loss, used as a training step would use it.

What this shows is likely at best: a module may be meant for inference, a function may be a metric.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from autofix.find.flow import calls, functions, modules, optimizers, roots, tensors
from autofix.find.flow.machine import Frame, Machine, Raised
from autofix.find.values import Class, Func, Inst, Seq, opaque

LOSS = re.compile(r"loss|criterion|objective", re.IGNORECASE)
NO_LOSS = re.compile(r"log|plot|print|eval|metric|test|report|get_|make_|build|load|no_loss|np$|numpy", re.IGNORECASE)
APART = re.compile(r"frozen|teacher|ema|target|token|metric|detector|preprocess|encoder_wrapper|quantiz|random", re.IGNORECASE)


def steps(m: Machine, tree: ast.Module) -> Iterator[Callable[[], None]]:
    """A training step for each module and each loss of the file."""
    env = m.frames[0].env
    for node in tree.body:
        value = env.get(getattr(node, "name", ""))
        if type(value) is Class and value.node is node and value.module and not value.foreign and not APART.search(value.name):
            forward = value.find("forward")
            if type(forward) is Func and forward.grad_mode == "as is" and not forward.veiled:
                yield lambda cls=value, forward=forward: _train(m, cls, forward)
        elif type(value) is Func and value.node is node and _is_loss(value):
            yield lambda loss=value: _descend(m, loss, calls.call(m, loss, _strangers(loss, 0), {}))


def _is_loss(function: Func) -> bool:
    named = LOSS.search(function.name) and not NO_LOSS.search(function.name)
    return bool(named) and function.grad_mode == "as is" and not function.veiled


def _strangers(function: Func, known: int) -> list:
    arguments = function.node.args
    return [opaque() for _ in [*arguments.posonlyargs, *arguments.args][known:]]


def _train(m: Machine, cls: Class, forward: Func) -> None:
    made = Inst(cls)
    m.node = cls.node
    init = cls.find("__init__")
    m.guarded += 1
    try:
        if type(init) is Func:
            functions.call_function(m, init, [made, *_strangers(init, 1)], {})
    except Raised:
        return
    finally:
        m.guarded -= 1
    m.frames.append(Frame({cls.name: made}))
    parameters = modules.parameters_of(made)
    optimizer = optimizers.make_optimizer(m, [Seq("generator", parameters)], {}) if parameters.first else None
    _descend(m, forward, calls.call(m, made, _strangers(forward, 1), {}))
    if optimizer is not None:
        optimizers.optimizer_call(m, optimizer, "step", [], {})


def _descend(m: Machine, function: Func, result) -> None:
    """Differentiate what came out, where it is nothing but tensors."""
    outputs = tensors.carriers([result])
    if outputs and all(datum.kind == "tensor" for datum in outputs):
        m.node = function.node
        roots.differentiate(m, "backward", outputs)
