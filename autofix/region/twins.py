"""A helper that serves the path and other code too: the path gets a twin of it.

Not so a method that others call by its name (``forward``): nobody would call its twin, so it changes in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.model import Edit
from autofix.region.problem import GiveUp
from autofix.tree import dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region


def twins(region: Region, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Move the edits of each shared helper into a copy of it, and let the path call the copy."""
    for function in region.names.of_type(cst.FunctionDef):
        start, end = _extent(region, function)
        inside = [e for e in edits if start <= e.start and e.end <= end]
        if not inside:
            continue
        on, off = sites_of(region, function)
        if region.calls.is_entry(function):
            if any(_is_array(region, arg.value) for call in off for arg in call.args):
                raise GiveUp(f"{function.name.value} is also called with arrays")
            continue
        if not off:
            continue
        if not on or region.calls.escapes(function):
            raise GiveUp(f"{function.name.value} is also called elsewhere")
        edits = _split(region, function, edits, inside, on)
    return tuple(sorted(edits))


def _is_array(region: Region, node: cst.BaseExpression) -> bool:
    """Whether an argument is an array, by a run or by what made it."""
    seen = region.facts.value(node) or region.lift.guess(node)
    if seen is None and isinstance(node, cst.Name):
        return any(_is_array(region, b.value) for b in region.names.definitions(node) if isinstance(b.value, cst.Call))
    leaves = isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "numpy"
    return leaves or seen is not None and seen.kind == "array"


def sites_of(region: Region, function: cst.CSTNode) -> tuple[list[cst.Call], list[cst.Call]]:
    """The calls that hand in values of the path, and those that hand in others."""
    params = [b for b in region.flow.held.values() if b.kind == "param" and b.scope is function]
    on, off = [], []
    for call in region.calls.sites(function) if params else ():
        given = [region.calls.argument(call, p, function) for p in params]
        known = [a for a in given if a is not None]
        if any(a.star for a in call.args) or any(region.flow.is_tensor(a.value) for a in known):
            on.append(call)
        else:
            off.append(call)
    return on, off


def _extent(region: Region, function: cst.FunctionDef) -> tuple[int, int]:
    return region.tree.offsets(function)


def _split(region: Region, function: cst.FunctionDef, edits, inside: list[Edit], on: list[cst.Call]):
    name = _free_name(region, function.name.value)
    start, end = _extent(region, function)
    renames = [e for call in on if (e := _renamed(region, call, name))]
    within = [e for e in renames if start <= e.start < end]
    head = region.tree.replace(function.name, name)
    copy = apply(region.tree.text[start:end], [*inside, *within, head], start)
    gap = region.tree.newline() * (2 if isinstance(region.tree.parent(function), cst.IndentedBlock) else 3)
    text = gap + region.tree.indent_of(function) + copy
    kept = [e for e in edits if e not in inside]
    outside = [e for e in renames if not start <= e.start < end]
    return (*kept, *outside, Edit(region.tree.path, _last(region, function), _last(region, function), text))


def _last(region: Region, function: cst.FunctionDef) -> int:
    """The end of the function's last statement."""
    end = region.tree.offsets(function)[1]
    return len(region.tree.text[:end].rstrip())


def _renamed(region: Region, call: cst.Call, name: str) -> Edit | None:
    func = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return region.tree.replace(func, name) if isinstance(func, cst.Name) else None


def _free_name(region: Region, name: str) -> str:
    taken = {dotted(n) for n in region.tree.walk(cst.Name)}
    made, k = f"{name}_{region.suffix}", 2
    while made in taken:
        made, k = f"{name}_{region.suffix}{k}", k + 1
    return made


def apply(text: str, edits: list[Edit], base: int = 0) -> str:
    """The text with the edits made, whose offsets count from ``base``."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start - base] + edit.text + text[edit.end - base :]
    return text
