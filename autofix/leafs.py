"""Making leafs in source code: expressions that create tensors, and how to make what they give a leaf."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from autofix import effects
from autofix.model import Edit
from autofix.statements import TIGHT, grouped
from autofix.tree import Tree

FACTORIES = effects.FACTORIES | {"tensor", "normal", "new_tensor", "scalar_tensor"}
"""Calls that take ``requires_grad=``."""
MISSPELT = re.compile(
    r"(require|required|requires|requiere|requeire|requries|reqires|need|needs)_?(grad|grads|gradient|gradients)$"
)


def factory(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a node is a call that makes a tensor and takes ``requires_grad=``."""
    if not isinstance(node, cst.Call):
        return False
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else getattr(node.func, "value", "")
    origin = tree.qualified(node.func)
    if isinstance(node.func, cst.Attribute) and name.startswith("new_"):
        return name in FACTORIES
    return name in FACTORIES and origin is not None and origin.startswith("torch.") and origin.count(".") == 1


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    return next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


def with_argument(tree: Tree, call: cst.Call, name: str, value: str) -> Edit:
    """The call with this keyword argument, in the place of one that it has."""
    given = keyword(call, name)
    if given is not None:
        return tree.replace(given.value, value)
    if not call.args:
        return tree.insert(tree.offsets(call)[1] - 1, f"{name}={value}")
    last = call.args[-1]
    end = tree.outer_offsets(last.value)[1]
    return tree.insert(end, f", {name}={value}")


def without_argument(tree: Tree, call: cst.Call, arg: cst.Arg) -> Edit:
    """The call without an argument and its comma."""
    position = next(i for i, one in enumerate(call.args) if one is arg)
    start, end = tree.offsets(arg)
    if position > 0:
        start = tree.outer_offsets(call.args[position - 1].value)[1]
        return Edit(tree.path, start, tree.outer_offsets(arg.value)[1], "")
    following = call.args[1:]
    return Edit(tree.path, start, tree.offsets(following[0])[0] if following else end, "")


def tracked(tree: Tree, node: cst.BaseExpression) -> tuple[Edit, ...]:
    """The edits that make what an expression gives a leaf that requires a gradient."""
    if factory(tree, node):
        return (with_argument(tree, node, "requires_grad", "True"),)
    if isinstance(node, TIGHT):
        return (tree.insert(tree.outer_offsets(node)[1], ".requires_grad_()"),)
    start = tree.outer_offsets(node)[0]
    if start < tree.offsets(node)[0]:
        return (tree.insert(tree.outer_offsets(node)[1], ".requires_grad_()"),)
    before, after = tree.wrap(node, "(", ").requires_grad_()")
    return before, after


def tracked_text(node: cst.BaseExpression, code: str) -> str:
    """``code``, an expression like ``node``, made a leaf."""
    return f"{code}.requires_grad_()" if isinstance(node, TIGHT) else f"({code}).requires_grad_()"


def leaf_makers(tree: Tree, within: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls in there that make a leaf: ``requires_grad=True``, ``.requires_grad_()``, ``nn.Parameter(...)``."""
    for call in tree.walk(cst.Call, within):
        if unleaf(tree, call) is not None:
            yield call


def is_parameter(tree: Tree, call: cst.CSTNode) -> bool:
    if not isinstance(call, cst.Call) or not call.args:
        return False
    origin = tree.qualified(call.func) or ""
    return origin.startswith("torch.") and origin.endswith(".Parameter") and not call.args[0].keyword


def unleaf(tree: Tree, call: cst.Call) -> tuple[Edit, ...] | None:
    """The edits that leave the tensor of a call that makes a leaf, and take the leaf away; None where it makes none."""
    if is_parameter(tree, call):
        inner = call.args[0].value
        return (tree.replace(call, grouped(tree, inner)),)
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "requires_grad_":
        if call.args and tree.source(call.args[0].value) == "False":
            return None
        return (tree.between(call.func.value, call, ""),)
    given = keyword(call, "requires_grad")
    if given is not None and tree.source(given.value) == "True":
        return (without_argument(tree, call, given),)
    return None
