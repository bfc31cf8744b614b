"""Leaving the path: code beside it gets what it got before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.model import Value
from autofix.region.names import Binding, dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

BUILTINS = frozenset("sum abs max min pow map zip list tuple print len enumerate reversed sorted iter next set dict".split())


def leave(region: Region, node: cst.BaseExpression) -> None:
    """Give one use off the path the plain value again."""
    value = seen(region, node)
    if value is not None and value.kind == "number" and value.dtype == "int":
        region.patch.wrap(node, "int(", ")")
    elif isinstance(shape := region.tree.parent(node), cst.Attribute) and shape.attr.value == "shape":
        region.patch.wrap(shape, "tuple(", ")")
    elif (digits := _rounded_to(region, node)) is not None:
        region.patch.wrap(node, "round(", f".item(){digits})")
    else:
        region.patch.after(region.tree.outer_offsets(node)[1], region.exit_form(node, value))


def _rounded_to(region: Region, node: cst.BaseExpression) -> str | None:
    """The digits that ``round`` had kept of this value, before the path lost it; None where it was not rounded."""
    for binding in region.names.definitions(node):
        inner = region.chains.get(binding.value)
        for call in region.between(binding.value, inner) if inner is not None else ():
            if isinstance(call, cst.Call) and dotted(call.func) == "round":
                return "".join(f", {region.tree.source(arg.value)}" for arg in call.args[1:])
    return None


def seen(region: Region, node: cst.BaseExpression, depth: int = 4) -> Value | None:
    """What a run saw of an expression: here, where its name was bound, or what its function returned."""
    value = region.facts.value(node)
    if value is not None or depth == 0:
        return value
    if isinstance(node, cst.Call):
        return _first(region, (r for f in region.calls.callees(node) for r in region.calls.returns(f)), depth)
    for binding in region.names.definitions(node):
        sources = [_source(region, binding), *region.names.uses(binding)]
        if (value := _first(region, (s for s in sources if s is not None and s is not node), depth)) is not None:
            return value
    return None


def _first(region: Region, nodes, depth: int) -> Value | None:
    return next((v for n in nodes if (v := seen(region, n, depth - 1)) is not None), None)


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
    if value is None or value.kind == "array":
        return array
    if value.kind == "scalar" and value.dtype != "float64" and (isinstance(parent, cst.FormattedStringExpression) or name == "print"):
        return array
    return ".item()"


def _tensor_form(region: Region, parent: cst.CSTNode, value: Value) -> str:
    if isinstance(parent, cst.FormattedStringExpression) and value.shape == ():
        return ""
    return ".detach()"
