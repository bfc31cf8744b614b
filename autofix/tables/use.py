"""From a node of the source to a ``Use``: which argument fills which parameter, and what is known of it."""

from __future__ import annotations

import ast
from collections.abc import Callable

import libcst as cst

from autofix.model import Value
from autofix.source import parsed
from autofix.tables import UNKNOWN, Argument, Use
from autofix.tree import Tree

Facts = Callable[[cst.BaseExpression], "tuple[Value | None, bool]"]
"""What a run saw of an expression, and whether it is a tensor once the region is mended."""
Parameters = Callable[[str, int, list[str]], "list[str] | None"]


def read(
    tree: Tree, node: cst.BaseExpression, name: str, parameters: Parameters, facts: Facts, output: Value | None = None
) -> tuple[Use, dict[str, cst.CSTNode]] | None:
    """The use that a call, attribute or method is, with the node behind each parameter; None if unreadable."""
    method = name.startswith("numpy.ndarray.")
    nodes: list[cst.CSTNode] = []
    keywords: list[str] = []
    if isinstance(node, cst.Call):
        if any(arg.star for arg in node.args):
            return None
        receiver = [node.func.value] if method and isinstance(node.func, cst.Attribute) else []
        nodes = [*receiver, *node.args]
        keywords = [arg.keyword.value for arg in node.args if arg.keyword]
    elif isinstance(node, cst.Attribute):
        nodes = [node.value]
    else:
        return None
    filled = parameters(name, len(nodes) - len(keywords), keywords)
    if filled is None:
        return None
    places = dict(zip(filled, nodes, strict=True))
    arguments = {p: argument(tree, n, facts) for p, n in places.items()}
    return Use(name, arguments, output, method), places


def argument(tree: Tree, node: cst.CSTNode, facts: Facts) -> Argument:
    """One argument, an ``Arg`` or an expression."""
    keyword = isinstance(node, cst.Arg) and node.keyword is not None
    value = node.value if isinstance(node, cst.Arg) else node
    seen, tensor = facts(value)
    items = None
    if isinstance(value, (cst.List, cst.Tuple)) and all(isinstance(e, cst.Element) for e in value.elements):
        items = tuple(argument(tree, e.value, facts) for e in value.elements)
        tensor = tensor or any(i.tensor for i in items)
    start, end = tree.outer_offsets(value)
    text = tree.text[start:end]
    return Argument(text, seen, tensor, literal(text), keyword, items, _dotted(value))


def _dotted(node: cst.CSTNode) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def literal(text: str) -> object:
    """The constant that a text spells, else UNKNOWN."""
    try:
        return ast.literal_eval(parsed(text.lstrip(" \t"), "eval"))
    except (ValueError, SyntaxError, TypeError, MemoryError):
        return UNKNOWN
