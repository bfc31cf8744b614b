"""A tape is asked for the gradient of a tensor that it does not watch.

What breaks: a ``tf.GradientTape`` records what is made of trainable variables, and of nothing else by itself.
For a ``tf.constant``, an input batch, an embedding or a point of an integration path, ``tape.gradient`` gives
``None``, and says nothing. So it does for a tensor that is watched only after it was used, and for variables
where the tape was opened with ``watch_accessed_variables=False``. To watch one of Keras's own variables raises.

Why the fix is right: ``tape.watch(x)`` as the first line of the block (or right behind the line that makes
``x``, where the block itself makes it) changes no number; it only makes the tape record. A variable in the
tensor's place would do too, but breaks code that asks it for its length, or trains it by accident; it is made one where
the program writes into it. ``kernel.value`` is the ``tf.Variable`` that a variable of Keras's holds.

When to leave it alone: where None is expected, as in a test that a path is closed. A tensor that depends on
something watched (a layer's output) needs no watch.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tapes import Block, drop_argument, is_path, is_written, keyword, statement_of
from autofix.tree import Tree, Trees

CODE = "AF501"
OPS = {"tape:unwatched", "tape:late", "tape:not-accessed", "tape:keras-variable", "tape:keras-variables"}
ADVICE = "call tape.watch(x) as the first thing in the tape's block, or make x a tf.Variable"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    if break_.op.startswith("tape:keras-"):
        yield from _held(break_, trees(break_.span.path))
    if len(break_.related) < 3 or break_.related[0].path != break_.related[2].path:
        return
    tape, _, asked = break_.related[:3]
    tree = trees(tape.path)
    block = Block.of(tree, tape)
    source = tree.expression_at(asked)
    if block is None or source is None:
        return
    if break_.op == "tape:not-accessed":
        yield from _all_variables(tree, block)
    names = (tree.source(source), *(target.name for target in break_.targets))
    made = list(_as_variable(break_, trees(break_.span.path))) if break_.op == "tape:unwatched" else []
    if is_written(tree, names):
        yield from made
    edit = _watched(tree, block, source, break_)
    if edit is not None:
        yield Fix(CODE, f"watch `{tree.source(source)}`", edit)
    if break_.op == "tape:unwatched":
        yield from _all_variables(tree, block)  # one call may make both the source and what comes of it
    yield from made


def _held(break_: Break, tree: Tree) -> Iterator[Fix]:
    """``tape.watch(layer.kernel)`` → ``tape.watch(layer.kernel.value)``"""
    node = tree.expression_at(break_.span)
    if node is None or not is_path(node):
        return
    text = tree.source(node)
    if break_.op == "tape:keras-variables":
        yield Fix(CODE, "watch the tf.Variables themselves", (tree.replace(node, f"[variable.value for variable in {text}]"),))
    else:
        yield Fix(CODE, "watch the tf.Variable itself", (tree.replace(node, f"{text}.value"),))


def _all_variables(tree: Tree, block: Block) -> Iterator[Fix]:
    given = keyword(tree, block.call, "watch_accessed_variables")
    if given is not None:
        yield Fix(CODE, "let the tape watch the variables it meets", (drop_argument(tree, block.call, given),))


def _watched(tree: Tree, block: Block, source: cst.BaseExpression, break_: Break) -> tuple[Edit, ...] | None:
    if not is_path(source):
        return None
    code = f"{block.name}.watch({tree.source(source)})"
    if break_.op == "tape:late":
        return _earlier(tree, block, source, break_, code)
    return (_placed(tree, block, source, break_, code),)


def _placed(tree: Tree, block: Block, source: cst.BaseExpression, break_: Break, code: str) -> Edit:
    """Behind the line in the block that makes the source, else at the block's start."""
    made = tree.expression_at(break_.span) if break_.span.path == tree.path else None
    if break_.op == "tape:unwatched" and made is not None and block.holds(made):
        return tree.line_after(statement_of(tree, made), code)
    binder = block.binder(tree.source(source))
    return block.at_start(code) if binder is None else tree.line_after(binder, code)


def _earlier(tree: Tree, block: Block, source, break_: Break, code: str) -> tuple[Edit, ...]:
    late = tree.expression_at(break_.span) if break_.span.path == tree.path else None
    line = statement_of(tree, late) if late is not None else None
    edit = _placed(tree, block, source, break_, code)
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    if alone and late is not None and isinstance(late, cst.Call) and len(late.args) == 1 and tree.source(late.args[0].value) == tree.source(source):
        return (edit, tree.delete_statement(line))
    return (edit,)


def _as_variable(break_: Break, tree: Tree) -> Iterator[Fix]:
    made = tree.expression_at(break_.span)
    bound = isinstance(tree.parent(made), cst.Assign) if made is not None else False
    if bound or isinstance(made, cst.Call) and (tree.qualified(made.func) or "").startswith("tensorflow."):
        name, _ = tree.spell("tensorflow")
        constant = isinstance(made, cst.Call) and tree.qualified(made.func) in ("tensorflow.constant", "tensorflow.convert_to_tensor")
        plain = constant and len([arg for arg in made.args if arg.keyword is None]) == 1
        edits = (tree.replace(made.func, f"{name}.Variable"),) if plain else tree.wrap(made, f"{name}.Variable(", ")")
        yield Fix(CODE, "make it a variable", edits)
