"""A tape is asked for another object than the one that the loss was computed from.

What breaks: ``tape.gradient(loss, copy)`` where the loss used the original: a second variable made from the first,
``w.numpy()``, ``w.read_value()``, ``model.get_weights()``, a slice ``w[0]``, the same constant written out once more. Equal
numbers are not the same source; the answer is ``None``. A model's list of weights that was taken before it had any is empty.

Why the fix is right: the source that the loss was computed from is asked for instead (of its gradient the slice is
taken). Nothing else changes.

When to leave it alone: where the loss really does not depend on a source, None is the right answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Edit, Fix
from autofix.tapes import Block, is_path
from autofix.tree import Tree, Trees

CODE = "AF509"
OPS = {"tape:wrong-source", "tape:written-twice", "tape:taken-early"}
ADVICE = "ask for the variable or tensor itself that the loss was computed from"
COPIES = frozenset(["numpy", "value", "read_value", "copy"])
VIEWS = frozenset(["reshape", "transpose", "squeeze", "expand_dims", "gather"])
MAKERS = frozenset(["Variable", "constant", "convert_to_tensor", "identity", "cast"])


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    asked = tree.expression_at(break_.span)
    if asked is None:
        return
    if break_.op == "tape:taken-early":
        yield from _when_built(tree, tree.source(asked))
        return
    if break_.op == "tape:written-twice":
        yield from _one_of_two(tree, break_, asked)
        return
    name = break_.targets[0].name if len(break_.targets) == 1 else ""
    edits = _view_of_gradient(tree, break_, asked, name)
    if edits:
        yield Fix(CODE, f"ask for `{name}` and take the part of its gradient", edits)
    for text in dict.fromkeys([*_original(tree, asked), name]):
        if text and text != tree.source(asked) and _readable(text):
            yield Fix(CODE, f"ask for `{text}`", (tree.replace(asked, text),))


def _one_of_two(tree: Tree, break_: Break, written: cst.BaseExpression) -> Iterator[Fix]:
    """The constant that is written once more becomes the one that is asked for; one without a name gets one."""
    block, asked = Block.of(tree, break_.related[0]), tree.expression_at(break_.related[2])
    if asked is not None and is_path(asked):
        yield Fix(CODE, f"use `{tree.source(asked)}` itself", (tree.replace(written, tree.source(asked)),))
    elif block is not None and asked is not None and block.holds(written) and tree.source(asked) == (text := tree.source(written)):
        taken = {name.value for name in tree.walk(cst.Name)}
        name = next(free for free in ("value", "value_2", "value_3") if free not in taken)
        scope, begin = tree.enclosing(block.node, (cst.FunctionDef, cst.Module)), tree.offsets(block.node)[0]
        same = [node for node in tree.walk(type(written), scope) if tree.offsets(node)[0] > begin and tree.source(node) == text]
        edits = (tree.line_before(block.node, f"{name} = {text}"), *(tree.replace(node, name) for node in same))
        yield Fix(CODE, f"write `{text}` once", edits)


def _view_of_gradient(tree: Tree, break_: Break, asked: cst.BaseExpression, name: str) -> tuple[Edit, ...]:
    """``tape.gradient(loss, w[0])`` → ``tape.gradient(loss, w)[0]``: the view of the gradient is the view's gradient."""
    call, arg = tree.expression_at(break_.related[-1]) if break_.related else None, tree.parent(asked)
    if call is None or not name or not isinstance(arg, cst.Arg) or tree.parent(arg) is not call:
        return ()
    start, end = tree.offsets(asked)
    if isinstance(asked, cst.Subscript) and tree.source(asked.value) == name:
        return (tree.replace(asked, name), tree.insert(tree.offsets(call)[1], tree.text[tree.outer_offsets(asked.value)[1] : end]))
    if isinstance(asked, cst.Call) and isinstance(asked.func, cst.Attribute) and asked.func.attr.value in VIEWS and asked.args:
        inner = asked.args[0].value
        if tree.source(inner) == name:
            before, after = tree.text[start : tree.offsets(inner)[0]], tree.text[tree.offsets(inner)[1] : end]
            return (tree.replace(asked, name), *tree.wrap(call, before, after))
    return ()


def _when_built(tree: Tree, name: str) -> Iterator[Fix]:
    """The list is taken wherever it is used: by then the model has its weights."""
    made = [line for line in tree.walk(cst.SimpleStatementLine) if isinstance(line.body[0], cst.Assign) and len(line.body) == 1]
    made = [line for line in made if tree.source(line.body[0].targets[0].target) == name]
    value = made[0].body[0].value if len(made) == 1 else None
    if isinstance(value, cst.Attribute) and is_path(value):
        target = made[0].body[0].targets[0].target
        uses = [use for use in tree.walk(cst.Name) if use.value == name and use is not target]
        uses = [use for use in uses if not isinstance(above := tree.parent(use), (cst.Arg, cst.Attribute)) or getattr(above, "value", None) is use]
        edits = (tree.delete_statement(made[0]), *(tree.replace(use, tree.source(value)) for use in uses))
        yield Fix(CODE, f"ask for `{tree.source(value)}` once it is filled", edits)


def _original(tree: Tree, asked: cst.BaseExpression) -> Iterator[str]:
    """What ``asked`` is a copy of, as the source tells."""
    if isinstance(asked, cst.Call) and isinstance(asked.func, cst.Attribute):
        method = asked.func.attr.value
        if method == "get_weights":
            yield f"{tree.source(asked.func.value)}.trainable_variables"
        elif method in COPIES and not asked.args:
            yield tree.source(asked.func.value)
        elif method in MAKERS and asked.args and is_path(asked.args[0].value):
            yield tree.source(asked.args[0].value)
    elif isinstance(asked, (cst.ListComp, cst.GeneratorExp)) and isinstance(asked.for_in.target, cst.Name):
        yield tree.source(asked.for_in.iter)


def _readable(text: str) -> bool:
    try:
        return is_path(cst.parse_expression(text))
    except cst.ParserSyntaxError:
        return False
