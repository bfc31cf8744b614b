"""A tape is asked for the gradient of a numpy array, or of a plain number.

What breaks: an array is no tensor. TensorFlow makes a tensor of it wherever an operation gets it, a new one each
time, and ``tape.gradient(loss, array)`` dies with "'numpy.ndarray' object has no attribute '_id'", ``tape.watch(array)``
with "Passed in object ... not tf.Tensor".

Why the fix is right: the array becomes a tensor once, before the tape, and the tape watches that tensor; a variable
where an optimizer steps on it, and where it was a number that is written out. The numbers are the same.

When to leave it alone: data that nobody asks a gradient of.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix
from autofix.tapes import Block, is_path, is_written
from autofix.tree import Tree, Trees

CODE = "AF508"
OPS = {"tape:array", "tape:number"}
ADVICE = "make the array a tensor with tf.convert_to_tensor before the tape, and watch that"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    if not break_.related:
        return
    tree = trees(break_.span.path)
    if break_.op == "tape:number":
        yield from _of_number(tree, break_)
        return
    block, source = Block.of(tree, break_.related[0]), tree.expression_at(break_.span)
    if block is None or source is None or not is_path(source):
        return
    name, needed = tree.spell("tensorflow")
    text = tree.source(source)
    if is_written(tree, (text,)):
        yield from _as_variable(tree, text, name, needed)
    watched = _watched(tree, block, text)
    copies = _tensors_of(tree, block, text) if not watched else []
    for copy, line in copies:
        watch = tree.line_after(line, f"{block.name}.watch({copy})") if block.holds(line) else block.at_start(f"{block.name}.watch({copy})")
        yield Fix(CODE, f"ask for `{copy}`, the tensor made of `{text}`", (watch, tree.replace(source, copy), *needed))
    for dtype in ("", f", dtype={name}.float32", f", dtype={name}.float64"):
        made = tree.line_before(block.node, f"{text} = {name}.convert_to_tensor({text}{dtype})")
        watch = [] if watched else [block.at_start(f"{block.name}.watch({text})")]
        yield Fix(CODE, f"make `{text}` a tensor and watch it", (made, *watch, *needed))


def _of_number(tree: Tree, break_: Break) -> Iterator[Fix]:
    """``rate = 0.5`` → ``rate = tf.Variable(0.5)``, where the number is written out in one place."""
    asked = tree.expression_at(break_.span)
    names = [target.name for target in break_.targets] if asked is None or not is_path(asked) else [tree.source(asked)]
    name, needed = tree.spell("tensorflow")
    for assignment in tree.walk(cst.Assign):
        value, text = assignment.value, tree.source(assignment.value)
        bound = [target for target in assignment.targets if tree.source(target.target) in (*names, *(t.name for t in break_.targets))]
        number = value.expression if isinstance(value, cst.UnaryOperation) else value
        if bound and isinstance(number, (cst.Integer, cst.Float)):
            text = f"{text}.0" if isinstance(number, cst.Integer) else text
            yield Fix(CODE, f"make `{tree.source(bound[0].target)}` a variable", (tree.replace(value, f"{name}.Variable({text})"), *needed))


def _as_variable(tree: Tree, text: str, name: str, needed) -> Iterator[Fix]:
    """The one place where the array is made gives a variable: an optimizer steps on nothing else."""
    made = [s.value for s in tree.walk(cst.Assign) if any(tree.source(target.target) == text for target in s.targets)]
    for dtype in ("", f", dtype={name}.float32") if len(made) == 1 else ():
        yield Fix(CODE, f"make `{text}` a variable", (*tree.wrap(made[0], f"{name}.Variable(", f"{dtype})"), *needed))


def _watched(tree, block: Block, text: str) -> bool:
    """Whether the block's tape is told already to watch this."""
    calls = [call for call in tree.walk(cst.Call, block.body) if tree.source(call.func) == f"{block.name}.watch"]
    given = [part for call in calls for part in tree.walk((cst.Name, cst.Attribute, cst.Subscript), call.args[0].value)]
    return text in [tree.source(part) for part in given]


def _tensors_of(tree, block: Block, text: str):
    """Names of tensors that are made of this array alone, with the lines that make them."""
    found = []
    for line in tree.walk(cst.SimpleStatementLine):
        statement = line.body[0]
        if isinstance(statement, cst.Assign) and isinstance(statement.value, cst.Call) and len(statement.targets) == 1:
            call, target = statement.value, statement.targets[0].target
            kind = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
            if kind in ("constant", "convert_to_tensor", "cast") and call.args and tree.source(call.args[0].value) == text:
                if isinstance(target, cst.Name) and target.value != text:
                    found.append((target.value, line))
    return found[:1]
