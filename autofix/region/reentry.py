"""Coming back to torch: ``torch.tensor(p_np)`` and its kin, needless once ``p_np`` never left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from autofix.region.problem import GiveUp
from autofix.tables import Change, Changes, Delete, Rename, Suffix, Unwrap, Wrap
from autofix.tables import numpy_torch_special as special
from autofix.tables.use import argument

if TYPE_CHECKING:
    from autofix.region.rewrite import Region

NAMES = frozenset(
    "torch.tensor torch.from_numpy torch.as_tensor torch.asarray torch.Tensor torch.FloatTensor torch.DoubleTensor "
    "torch.autograd.Variable torch.scalar_tensor torch.Tensor.new_tensor".split()
)
_KNOWN = frozenset("data dtype device requires_grad pin_memory obj".split())


def enter(region: Region, node: cst.Call) -> None:
    """Drop a constructor around what is a tensor already; a list of tensors becomes a stack."""
    args = {a.keyword.value if a.keyword else "data": a for a in node.args}
    if len(args) != len(node.args) or not set(args) <= _KNOWN or any(a.star for a in node.args):
        raise GiveUp(f"unknown arguments: {region.tree.source(node)}")
    data = args.get("data") or args.get("obj")
    if data is None:
        raise GiveUp(f"no data: {region.tree.source(node)}")
    suffix = _cast(region, node, data, args)
    parameter = "data" if "data" in args else "obj"
    if _is_sequence(region, data.value):
        changes: Changes = _stacked(region, data, parameter, args)
    elif region.flow.is_tensor(data.value):
        if not suffix and region.drop_if_idle(node, data.value):
            return
        changes = (Unwrap(parameter),)
    else:
        return
    region.apply(node, args, (*changes, *((Suffix(suffix),) if suffix else ())))


def _is_sequence(region: Region, value: cst.BaseExpression) -> bool:
    if isinstance(value, (cst.List, cst.Tuple, cst.ListComp)):
        return True
    seen = region.facts.value(value)
    return seen is not None and seen.kind in ("list", "tuple")


def _stacked(region: Region, data: cst.Arg, parameter: str, args: dict[str, cst.Arg]) -> Changes:
    made = argument(region.tree, data, region.known)
    if not region.flow.is_tensor(data.value):
        raise GiveUp(f"a list whose items are not known: {region.tree.source(data.value)}")
    changes: list[Change] = [Rename("torch.stack"), *(Delete(p) for p in args if p != parameter)]
    seen = region.facts.value(data.value)
    if made.items is None and seen is not None and seen.items.startswith(("list", "tuple")):
        return (*changes, Wrap(parameter, "[torch.stack(row) for row in ", "]"))
    for k, item in enumerate(made.items or ()):
        if item.items is not None:
            raise GiveUp("a list of lists")
        if not item.tensor:
            region.lift.operand(data.value.elements[k].value)
            if item.value is None or item.value.kind != "array":
                changes.append(_number(made.items, k, parameter))
    return tuple(changes)


def _number(items, k: int, parameter: str) -> Change:
    use = special.Use("torch.stack", {f"{parameter}.{i}": item for i, item in enumerate(items)})
    return special.as_tensor(use, f"{parameter}.{k}")


def _cast(region: Region, node: cst.Call, data: cst.Arg, args: dict[str, cst.Arg]) -> str:
    """What must stay of the constructor: a dtype that would be another one, a device."""
    output = region.facts.value(node)
    held = region.dtypes.of(data.value)
    wanted = output.dtype if output is not None else ""
    dtype = wanted if wanted and held and held != wanted else ""
    device = region.tree.source(args["device"].value) if "device" in args else ""
    if device and dtype:
        return f".to(device={device}, dtype=torch.{dtype})"
    if device:
        return f".to({device})"
    return {"": "", "float32": ".float()", "float64": ".double()"}.get(dtype, f".to(torch.{dtype})")
