"""The gradient of a layer's output is asked for, and the target comes from another run of the model.

What breaks: ``maps = part(image)`` and ``score = model(image)`` compute the layer's output twice. The maps that are asked
for are not those that the score was made of, and ``tape.gradient(score, maps)`` is ``None`` (Grad-CAM, feature attribution).

Why the fix is right: a model with both outputs runs the layers once. The numbers are the same, and now the score is made
of the maps.

When to leave it alone: two runs whose results are only compared.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tapes import Block
from autofix.tree import Tree, Trees

CODE = "AF519"
OPS = {"tape:computed-twice"}
ADVICE = "compute both in one call: a tf.keras.Model with the layer's output and the model's as its outputs"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    if len(break_.related) < 3 or break_.span.path != break_.related[0].path:
        return
    tree = trees(break_.span.path)
    part, block = tree.expression_at(break_.span), Block.of(tree, break_.related[0])
    if block is None or not isinstance(part, cst.Call) or not isinstance(part.func, cst.Name) or not part.args:
        return
    made = _made(tree, part.func.value)
    taken = {name.value for name in tree.walk(cst.Name)}
    name = next(free for free in ("outputs", "predictions", "model_outputs") if free not in taken)
    for whole in tree.walk(cst.Call, block.body) if made is not None else ():
        if whole is not part and isinstance(whole.func, cst.Name) and _given(tree, whole) == _given(tree, part):
            edits = _at_once(tree, made, part, whole, name)
            if edits:
                yield Fix(CODE, f"run `{part.func.value}` and `{whole.func.value}` as one model", edits)


def _given(tree: Tree, call: cst.Call) -> list[str]:
    return [tree.source(arg) for arg in call.args]


def _made(tree: Tree, name: str) -> cst.Call | None:
    """``tf.keras.Model(inputs, outputs)`` that is bound to this name, which is called once and used for nothing else."""
    lines = [s for s in tree.walk(cst.Assign) if len(s.targets) == 1 and tree.source(s.targets[0].target) == name]
    uses = [n for n in tree.walk(cst.Name) if n.value == name]
    if len(lines) != 1 or len(uses) != 2 or not isinstance(lines[0].value, cst.Call):
        return None
    call = lines[0].value
    return call if tree.source(call.func).rsplit(".", 1)[-1] == "Model" and len(call.args) == 2 else None


def _at_once(tree: Tree, made: cst.Call, part: cst.Call, whole: cst.Call, name: str) -> tuple[Edit, ...]:
    statement, outputs = tree.parent(part), made.args[1].value
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1 or isinstance(outputs, (cst.List, cst.Tuple, cst.Dict)):
        return ()
    if tree.offsets(whole)[0] < tree.offsets(part)[0] or not isinstance(statement.targets[0].target, cst.Name):
        return ()
    target = statement.targets[0].target
    return (
        tree.replace(outputs, f"[{tree.source(outputs)}, {whole.func.value}.output]"),
        tree.replace(target, f"{target.value}, {name}"),
        tree.replace(whole, name),
    )
