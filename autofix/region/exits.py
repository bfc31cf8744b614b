"""Leaving the path: code beside it gets what it got before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.model import Value
from autofix.region.names import dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

BUILTINS = frozenset("sum abs max min pow map zip list tuple print len enumerate reversed sorted iter next set dict".split())


def leave(region: Region, node: cst.BaseExpression) -> None:
    """Give one use off the path the plain value again."""
    value = seen(region, node)
    text = _form(region, node, value)
    if not text:
        return
    whole = _float_call(region, node)
    if whole is not None and text == ".item()":
        region.patch.replace(*region.tree.offsets(whole.func), "")
        region.patch.unwrap(whole, node, True)
    region.patch.after(region.tree.outer_offsets(node)[1], text)


def _float_call(region: Region, node: cst.BaseExpression) -> cst.Call | None:
    return None


def seen(region: Region, node: cst.BaseExpression) -> Value | None:
    """What a run saw of a name: here, or where it was bound."""
    value = region.facts.value(node)
    if value is not None:
        return value
    for binding in region.names.definitions(node):
        if binding.kind == "assign" and (value := region.facts.value(binding.value)) is not None:
            return value
        for use in region.names.uses(binding):
            if (value := region.facts.value(use)) is not None:
                return value
    return None


def _form(region: Region, node: cst.BaseExpression, value: Value | None) -> str:
    parent = region.tree.parent(node)
    call = region.tree.parent(parent) if isinstance(parent, cst.Arg) else None
    name = dotted(call.func) if isinstance(call, cst.Call) else ""
    if value is not None and value.kind == "tensor":
        return _tensor_form(region, parent, value)
    array = ".detach().cpu().numpy()" if region.on_cpu else ".detach().numpy()"
    if value is None or value.kind == "array":
        return array
    if name == "float" or isinstance(parent, cst.FormattedStringExpression) and parent.format_spec:
        return ""
    if value.kind == "scalar" and value.dtype != "float64" and (isinstance(parent, cst.FormattedStringExpression) or name == "print"):
        return array
    return ".item()"


def _tensor_form(region: Region, parent: cst.CSTNode, value: Value) -> str:
    if isinstance(parent, cst.FormattedStringExpression) and value.shape == ():
        return ""
    return ".detach()"
