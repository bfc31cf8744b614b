"""torch calls that take a number where the region now has a tensor: the same value in words that take a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.tree import dotted

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

_FILLED = {"full": "ones", "full_like": "ones_like", "new_full": "new_ones"}
_LOOSE = (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.IfExp, cst.BooleanOperation)


def fit(region: Region, node: cst.Call) -> None:
    """``torch.full(s, t)`` → ``torch.ones(s).mul(t)``, ``add(a, b, alpha=t)``, ``leaky_relu(x, t)`` → ``prelu``."""
    name = dotted(node.func).rpartition(".")[2]
    if name in _FILLED and len(node.args) == 2 and region.flow.is_tensor(node.args[1].value):
        _rename(region, node, _FILLED[name])
        _between(region, node.args[0].value, node.args[1].value, ").mul(")
    elif name in ("add", "sub") and node.args and _keyword(node.args[-1]) == "alpha":
        _scaled(region, node)
    elif name == "leaky_relu" and len(node.args) == 2 and region.flow.is_tensor(node.args[1].value):
        _rename(region, node, "prelu")
        if _keyword(node.args[1]):
            region.patch.replace(*region.tree.offsets(node.args[1].keyword), "weight")


def _scaled(region: Region, node: cst.Call) -> None:
    factor, scaled = node.args[-1].value, node.args[-2].value
    if len(node.args) < 2 or not region.flow.is_tensor(factor):
        return
    loose = isinstance(scaled, _LOOSE) and not scaled.lpar
    if loose:
        region.patch.before(region.tree.offsets(scaled)[0], "(")
    _between(region, scaled, factor, f"{')' if loose else ''}.mul(")
    region.patch.after(region.tree.outer_offsets(factor)[1], ")")


def _between(region: Region, left: cst.BaseExpression, right: cst.BaseExpression, text: str) -> None:
    region.patch.replace(region.tree.outer_offsets(left)[1], region.tree.outer_offsets(right)[0], text)


def _rename(region: Region, node: cst.Call, name: str) -> None:
    last = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
    region.patch.replace(*region.tree.offsets(last), name)


def _keyword(arg: cst.Arg) -> str:
    return arg.keyword.value if arg.keyword is not None else ""
