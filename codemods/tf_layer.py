"""Layers that Keras does not track: kept in a plain object, or made anew in ``call``.

What breaks: Keras finds the layers that are attributes of a layer or model, also in lists and dicts. One inside an
object of the program's own class is not found, and one made in ``call`` is a new one each time: its weights are in no
``trainable_variables``, and nothing trains them.

Why the fix is right: the plain class becomes a ``keras.layers.Layer``, so that what it holds is tracked; the layer made
in ``call`` is made once, in ``__init__`` (unsafe: its first weights are drawn at another moment).

When to leave it alone: a frozen helper (a teacher, a perceptual network) is kept out of sight on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from autofix.model import Break, Fix, Safety
from autofix.tree import Tree, Trees

CODE = "AF516"
OPS = {"keras:untracked-layer", "keras:made-in-call"}
ADVICE = "make the layer an attribute of the model, in __init__; derive a class that holds layers from keras.layers.Layer"


def mend(break_: Break, trees: Trees) -> Iterator[Fix]:
    tree = trees(break_.span.path)
    if break_.op == "keras:made-in-call":
        yield from _made_once(tree, break_)
    else:
        yield from _holder(tree, break_)


# -- a plain object that holds layers -------------------------------------------------------------


def _holder(tree: Tree, break_: Break) -> Iterator[Fix]:
    parts = re.split(r"[.\[]", break_.targets[0].name)
    classes = {c.name.value: c for c in tree.walk(cst.ClassDef)}
    for owner in classes.values():
        for target, made in _attributes(tree, owner):
            held = classes.get(_last(made.func)) if isinstance(made, cst.Call) else None
            if target in parts and held is not None and not held.bases:
                yield from _derived(tree, held)


def _attributes(tree: Tree, owner: cst.ClassDef):
    """``self.name = value`` in a class."""
    for statement in tree.walk(cst.Assign, owner):
        target = statement.targets[0].target
        if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name) and target.value.value == "self":
            values = [statement.value]
            if isinstance(statement.value, (cst.List, cst.Tuple)):
                values = [element.value for element in statement.value.elements]
            if isinstance(statement.value, cst.ListComp):
                values = [statement.value.elt]
            for value in values:
                yield target.attr.value, value


def _derived(tree: Tree, held: cst.ClassDef) -> Iterator[Fix]:
    init = next((f for f in tree.walk(cst.FunctionDef, held) if f.name.value == "__init__"), None)
    if init is None or not isinstance(init.body, cst.IndentedBlock):
        return
    keras, needed = _keras(tree)
    name_end = tree.offsets(held.name)[1]
    after = tree.text[name_end : tree.text.index(":", name_end)]
    head = tree.insert(name_end, f"({keras}.layers.Layer)") if not after.strip() else None
    if after.strip() == "()":
        start = tree.text.index("(", name_end)
        head = tree.insert(start + 1, f"{keras}.layers.Layer")
    if head is not None:
        edits = (head, tree.line_before(init.body.body[0], "super().__init__()"), *needed)
        yield Fix(CODE, f"make `{held.name.value}` a layer", edits)


# -- a layer made in call -------------------------------------------------------------------------


def _made_once(tree: Tree, break_: Break) -> Iterator[Fix]:
    call = tree.expression_at(break_.span)
    owner = tree.enclosing(call, cst.ClassDef) if call is not None else None
    if not isinstance(call, cst.Call) or owner is None:
        return
    maker = _maker(tree, call)
    init = next((f for f in tree.walk(cst.FunctionDef, owner) if f.name.value == "__init__"), None)
    if maker is None or init is None or not isinstance(init.body, cst.IndentedBlock):
        return
    taken = {n.value for n in tree.walk(cst.Name, owner)}
    base = re.sub(r"(?<!^)(?=[A-Z])", "_", _last(maker.func)).lower()
    name = next(n for n in (base, f"{base}_layer", f"own_{base}") if n not in taken)
    line = tree.line_after(init.body.body[-1], f"self.{name} = {tree.source(maker)}")
    note = "the layer's weights are drawn once, in __init__"
    yield Fix(CODE, "make the layer once", (line, tree.replace(maker, f"self.{name}")), Safety.UNSAFE, note)


def _maker(tree: Tree, call: cst.Call) -> cst.Call | None:
    """The constructor call behind ``Dense(4)(x)``, or behind ``d(x)`` with ``d = Dense(4)`` just before."""
    if isinstance(call.func, cst.Call):
        return call.func
    if not isinstance(call.func, cst.Name):
        return None
    function = tree.enclosing(call, cst.FunctionDef)
    made = [
        s.value
        for s in tree.walk(cst.Assign, function)
        if isinstance(s.value, cst.Call) and tree.source(s.targets[0].target) == call.func.value
    ]
    return made[0] if len(made) == 1 else None


def _keras(tree: Tree) -> tuple[str, tuple]:
    if (name := tree.name_for("keras")) is not None:
        return name, ()
    return tree.spell("tensorflow.keras" if tree.name_for("tensorflow") else "keras")


def _last(func: cst.BaseExpression) -> str:
    return func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
