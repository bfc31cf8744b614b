"""Imports that nothing uses any more once a fix is in."""

from __future__ import annotations

import ast

import libcst as cst

from autofix.model import Edit
from autofix.region.twins import apply
from autofix.source import parsed
from autofix.tree import Tree


def tidied(tree: Tree, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits, and those that drop the imports whose last use they took away. Raises SyntaxError."""
    before, after = _used(tree.text), _used(apply(tree.text, list(edits)))
    unused = before - after
    return (*edits, *(e for e in _drops(tree, unused))) if unused else edits


def _used(text: str) -> set[str]:
    return {n.id for n in ast.walk(parsed(text)) if isinstance(n, ast.Name)}


def _drops(tree: Tree, unused: set[str]) -> list[Edit]:
    found = []
    for node in tree.walk((cst.Import, cst.ImportFrom)):
        if isinstance(node.names, cst.ImportStar) or _is_future(node):
            continue
        names = [_bound(alias) for alias in node.names]
        gone = [name in unused and _imports_once(tree, name) for name in names]
        if all(gone):
            line = tree.parent(node)
            found.append(tree.delete_statement(line) if len(line.body) == 1 else None)
        elif any(gone):
            found.extend(_without(tree, node, gone))
    return [e for e in found if e is not None]


def _is_future(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.ImportFrom) and isinstance(node.module, cst.Name) and node.module.value == "__future__"


def _bound(alias: cst.ImportAlias) -> str:
    if alias.asname is not None:
        return alias.asname.name.value
    name = alias.name
    while isinstance(name, cst.Attribute):
        name = name.value
    return name.value


def _imports_once(tree: Tree, name: str) -> bool:
    imports = tree.walk((cst.Import, cst.ImportFrom))
    plain = (n for n in imports if not isinstance(n.names, cst.ImportStar))
    return sum(_bound(alias) == name for node in plain for alias in node.names) == 1


def _without(tree: Tree, node: cst.Import | cst.ImportFrom, gone: list[bool]) -> list[Edit]:
    aliases, edits = list(node.names), []
    last = max(k for k, g in enumerate(gone) if not g)
    for k, alias in enumerate(aliases):
        if gone[k] and k < last:
            edits.append(Edit(tree.path, tree.offsets(alias)[0], tree.offsets(aliases[k + 1])[0], ""))
    if last < len(aliases) - 1:
        edits.append(Edit(tree.path, _end(tree, aliases[last]), _end(tree, aliases[-1]), ""))
    return edits


def _end(tree: Tree, alias: cst.ImportAlias) -> int:
    return tree.offsets(alias.asname or alias.name)[1]
