"""A Keras metric is used as the loss.

What breaks: a metric adds what it is given to variables of its own and computes its result from them. No gradient leads
through a variable's state: ``None`` for every weight.

Why the fix is right: the loss function of the same name computes the same number from its arguments directly. (A metric
goes on averaging from step to step; the first step's value is the same.) Updates of the metric stay, for the log.

When to leave it alone: metrics beside a loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tree import Tree, Trees

CODE = "AF517"
OPS = {"tf.Variable.assign"}
ADVICE = "compute the loss with a function from keras.losses; keep the metric for the log"
SAME = frozenset(
    ["MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "KLDivergence", "Poisson", "Hinge", "SquaredHinge", "CategoricalHinge", "LogCoshError"]
)


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    call = tree.expression_at(break_.span)
    if not isinstance(call, cst.Call) or not call.args or any(a.star for a in call.args):
        return
    updates = isinstance(call.func, cst.Attribute) and call.func.attr.value == "update_state"
    metric = call.func.value if updates else call.func
    maker = _maker(tree, tree.source(metric))
    loss = _loss(tree, maker, call) if maker is not None else None
    if loss is None:
        return
    if not updates:
        yield Fix(CODE, "compute the loss without the metric", (tree.replace(call, loss[0]), *loss[1]))
        return
    results = _results(tree, tree.source(metric), tree.offsets(call)[1])
    if results:
        yield Fix(CODE, "compute the loss without the metric", (*(tree.replace(r, loss[0]) for r in results[:1]), *loss[1]))


def _maker(tree: Tree, name: str) -> cst.Call | None:
    """The constructor call of the metric that goes by this name."""
    wanted = name.removeprefix("self.")
    for statement in tree.walk(cst.Assign):
        target = tree.source(statement.targets[0].target)
        if target.removeprefix("self.") == wanted and isinstance(statement.value, cst.Call):
            return statement.value
    return None


def _loss(tree: Tree, maker: cst.Call, call: cst.Call) -> tuple[str, tuple] | None:
    kind = maker.func.attr.value if isinstance(maker.func, cst.Attribute) else getattr(maker.func, "value", "")
    given = ", ".join(tree.source(a.value) if a.keyword is None else f"{a.keyword.value}={tree.source(a.value)}" for a in call.args)
    tf, needed = tree.spell("tensorflow")
    if kind == "Mean" and len(call.args) == 1:
        return f"{tf}.reduce_mean({tree.source(call.args[0].value)})", needed
    keras = tree.name_for("keras") or f"{tf}.keras"
    options = ", ".join(
        tree.source(a.value) if a.keyword is None else f"{a.keyword.value}={tree.source(a.value)}"
        for a in maker.args
        if a.keyword is None or a.keyword.value not in ("name", "dtype")
    )
    if kind == "RootMeanSquaredError":
        return f"{tf}.sqrt({keras}.losses.MeanSquaredError()({given}))", needed
    if kind in SAME:
        return f"{keras}.losses.{kind.removesuffix('Error') if kind == 'LogCoshError' else kind}({options})({given})", needed
    return None


def _results(tree: Tree, metric: str, start: int) -> list[cst.Call]:
    """Where the metric's result is taken after the update."""
    return [
        node
        for node in tree.walk(cst.Call)
        if isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "result"
        and tree.source(node.func.value) == metric
        and tree.offsets(node)[0] >= start
    ]
