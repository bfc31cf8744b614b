"""Leaving the path: code beside it gets what it got before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.model import Value
from autofix.region.names import Binding
from autofix.tree import dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

BUILTINS = frozenset("sum abs max min pow map zip list tuple print len enumerate reversed sorted iter next set dict".split())

NUMBERS = ("torch.Tensor.item", "torch.Tensor.tolist", "torch.Tensor.__float__", "float", "int", "math.")
"""Breaks that give Python numbers."""


def leave(region: Region, node: cst.BaseExpression) -> None:
    """Give one use off the path the plain value again."""
    value = seen(region, node)
    if value is not None and value.kind == "number" and value.dtype == "int":
        region.patch.wrap(node, "int(", ")")
    elif isinstance(shape := region.tree.parent(node), cst.Attribute) and shape.attr.value == "shape":
        region.patch.wrap(shape, "tuple(", ")")
    elif _is_list(region, node):
        above = region.tree.parent(node)
        if isinstance(above, cst.Subscript) and not isinstance(above.slice[0].slice, cst.Slice):
            region.patch.after(region.tree.outer_offsets(above)[1], ".item()")
            return
        region.patch.wrap(node, "[value.item() for value in ", "]")
    elif (digits := _rounded_to(region, node)) is not None:
        region.patch.wrap(node, "round(", f".item(){digits})")
    else:
        region.patch.after(region.tree.outer_offsets(node)[1], region.exit_form(node, value))


def _is_list(region: Region, node: cst.BaseExpression | None, depth: int = 4) -> bool:
    """Whether the numbers of a break that gives numbers stand in a Python list here, by the source alone."""
    if node is None or depth == 0 or not region.break_.op.startswith(NUMBERS):
        return False
    match node:
        case cst.List() | cst.ListComp():
            return True
        case cst.Call():
            return dotted(node.func) in ("sorted", "list")
        case cst.Subscript():
            sliced = any(isinstance(element.slice, cst.Slice) for element in node.slice)
            return sliced and _is_list(region, node.value, depth - 1)
        case cst.Name():
            return any(_is_list(region, _source(region, b), depth - 1) for b in region.names.definitions(node))
    return False


def _rounded_to(region: Region, node: cst.BaseExpression) -> str | None:
    """The digits that ``round`` had kept of this value, before the path lost it; None where it was not rounded."""
    for binding in region.names.definitions(node):
        inner = region.chains.get(binding.value)
        for call in region.between(binding.value, inner) if inner is not None else ():
            if isinstance(call, cst.Call) and dotted(call.func) == "round":
                return "".join(f", {region.tree.source(arg.value)}" for arg in call.args[1:])
    return None


def seen(region: Region, node: cst.BaseExpression, met: set[int] | None = None) -> Value | None:
    """What a run saw of an expression: here, where its name was bound, or what its function returned."""
    value = region.facts.value(node)
    met = set() if met is None else met
    if value is not None or id(node) in met:
        return value
    met.add(id(node))
    if isinstance(node, cst.Call):
        return _first(region, (r for f in region.calls.callees(node) for r in region.calls.returns(f)), met)
    for binding in region.names.definitions(node):
        if id(binding) not in met:
            met.add(id(binding))
            uses = region.names.uses(binding)
            value = next((v for u in uses if (v := region.facts.value(u)) is not None), None)
            source = _source(region, binding) if value is None else None
            value = seen(region, source, met) if source is not None else value
            if value is not None:
                return value
    return None


def _first(region: Region, nodes, met: set[int]) -> Value | None:
    return next((v for n in nodes if (v := seen(region, n, met)) is not None), None)


def _source(region: Region, binding: Binding) -> cst.BaseExpression | None:
    """The expression that a name's value comes from."""
    value = binding.value
    if binding.kind == "assign":
        return value
    if binding.kind != "item" or binding.index < 0:
        return None
    if isinstance(value, cst.Tuple) and binding.index < len(value.elements):
        return value.elements[binding.index].value
    for function in region.calls.callees(value) if isinstance(value, cst.Call) else ():
        for returned in region.calls.returns(function):
            if isinstance(returned, cst.Tuple) and binding.index < len(returned.elements):
                return returned.elements[binding.index].value
    return None


def form(region: Region, node: cst.BaseExpression, value: Value | None) -> str:
    parent = region.tree.parent(node)
    call = region.tree.parent(parent) if isinstance(parent, cst.Arg) else None
    name = dotted(call.func) if isinstance(call, cst.Call) else ""
    if name == "float":
        return ""
    if value is not None and value.kind == "tensor":
        return _tensor_form(region, parent, value)
    if isinstance(parent, cst.FormattedStringExpression) and parent.format_spec:
        return ""
    array = ".detach().cpu().numpy()" if region.on_cpu else ".detach().numpy()"
    if value is None and region.break_.op.startswith(NUMBERS):
        return ".item()"
    if value is None or value.kind == "array":
        return array
    if value.kind == "scalar" and value.dtype != "float64" and (isinstance(parent, cst.FormattedStringExpression) or name == "print"):
        return array
    return ".item()"


def _tensor_form(region: Region, parent: cst.CSTNode, value: Value) -> str:
    if isinstance(parent, cst.FormattedStringExpression) and value.shape == ():
        return ""
    return ".detach()"
