"""Operators on tensors, arrays and numbers, and what writes into them."""

from __future__ import annotations

import ast

from autofix.effects import Effect
from autofix.find.flow import arithmetic, elements, optimizers, tensors
from autofix.find.flow.machine import Machine, merge_results
from autofix.find.values import (
    EAGER,
    Const,
    Datum,
    Either,
    Seq,
    plain,
)

LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_IN_PLACE = "a view of a leaf Variable that requires grad is being used in an in-place operation."


def operate(m: Machine, name: str, left, right):
    """A binary operator (or a unary one, with ``right`` None) of which one side at least is a datum."""
    sides = [side for side in (left, right) if side is not None]
    if any(type(side) is Const and side.value is None for side in sides):
        raise m.none_used("unsupported operand type(s) for NoneType")
    data = [side for side in sides if type(side) is Datum]
    others = [side for side in sides if type(side) not in (Datum, Const)]
    kinds = {datum.kind for datum in data}
    if kinds & EAGER:
        from autofix.find.flow import tf_values

        return tf_values.operate(m, name, left, right)
    if others:
        if kinds & {"tensor", "opaque", "mixed"} or not _list_like(others):
            return m.unknown(sides)
        return tensors.off_graph(m, "numpy.ndarray." + name, tensors.carriers(sides), "array")
    if "tensor" in kinds:
        effect = Effect.ROUNDS if name == "floordiv" else Effect.KEEPS
        return tensors.apply(m, _tensor_op(name, left), data, effect, name, operands=sides)
    if "opaque" in kinds or "mixed" in kinds:
        new = merge_results([datum.copy() for datum in data])
        new.must = data[0].must | data[-1].must
        new.kind, new.site = ("opaque" if "opaque" in kinds else "mixed"), m.site()
        if m.grad_mode is False and "opaque" not in kinds:
            return tensors.apply(m, _tensor_op(name, left), data, short=name, operands=sides)
        return new
    kind = "array" if "array" in kinds else ("number" if "number" in kinds else "plain")
    if not any(datum.data for datum in data):
        return Datum(kind)
    label = "numpy.ndarray" if kind == "array" else "float"
    return tensors.off_graph(m, f"{label}.__{name}__", data, kind, operands=sides)


def _list_like(values) -> bool:
    return all(type(value) is Seq for value in values)


def _tensor_op(name: str, left) -> str:
    if type(left) is Datum and left.kind == "tensor":
        return f"torch.Tensor.{name}" if name in ("add", "sub", "mul", "neg", "matmul") else f"torch.Tensor.__{name}__"
    return f"torch.Tensor.__r{name}__"


def compare(m: Machine, name: str, left, right):
    """``left < right`` and its like: truth values that hold data and no gradient."""
    data = [side for side in (left, right) if type(side) is Datum]
    kinds = {datum.kind for datum in data}
    if kinds & EAGER:
        from autofix.find.flow import tf_values

        return tf_values.compare(m, name, left, right)
    if "tensor" in kinds or "mixed" in kinds:
        return tensors.apply(m, f"torch.Tensor.{_compared_as(m, name, left, right)}", data, Effect.WHOLE, operands=[left, right])
    if "array" in kinds:
        return tensors.off_graph(m, f"numpy.{name}", data, "array", operands=[left, right])
    if "opaque" in kinds:
        new = Datum("opaque", site=m.site())
        for datum in data:
            new.data |= datum.data
            new.cuts |= datum.cuts
        return new
    return plain()


MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


def _compared_as(m: Machine, name: str, left, right) -> str:
    """Python asks the right side first where it is of a subclass, as a Parameter is."""
    parameter = type(right) is Datum and right.parameter
    left_is_plain = not (type(left) is Datum and left.parameter)
    if type(left) is not Datum or left.kind != "tensor" or parameter and left_is_plain:
        return MIRRORED[name]
    return name


def augment(m: Machine, kind: type, old, value):
    """``old op= value``: tensors and arrays are written into, lists are extended; gives what is bound."""

    name = arithmetic.OPERATORS[kind][0]
    if type(old) is Seq and old.kind == "list" and kind is ast.Add:
        m.set(old, "items", elements.appended(old.items, elements.iterated(m, value)))
        return old
    if type(old) is Datum and old.kind == "tensor":
        return write(m, old, tensors.carriers([value]), f"torch.Tensor.__i{name}__", f"i{name}", [old, value])
    if type(old) is Datum and old.kind == "variable":
        from autofix.find.flow import tf_values

        tf_values.augment(m, name, old)
    if type(old) is Datum and old.kind == "array":
        new = tensors.off_graph(m, f"numpy.ndarray.__i{name}__", [old, *tensors.carriers([value])], "array", [old, value])
        overwrite(m, old, new)
        return old
    if type(old) is Either:
        return merge_results([augment(m, kind, option, value) if not _none(option) else option for option in old.options])
    return arithmetic.binary(m, kind, old, value)


def _none(value) -> bool:
    return type(value) is Const and value.value is None


def overwrite(m: Machine, old: Datum, new: Datum) -> None:
    for field in ("data", "must", "live", "cuts", "hidden", "sure", "site", "ghost", "spoiled", "node", "nodes", "lineage"):
        if getattr(old, field) != getattr(new, field):
            m.set(old, field, getattr(new, field))


# -- writing in place -----------------------------------------------------------------------------


def write(m: Machine, target: Datum, others: list[Datum], op: str, short: str, operands=None) -> Datum:
    """An in-place operation: the target takes the others' data in."""
    if target.gradient_of >= 0 and short in ("zero_", "fill_"):
        optimizers.zeroed_source(m, target.gradient_of)
    if target.kind == "opaque":
        for datum in others:
            m.set(target, "data", target.data | datum.data)
            m.set(target, "live", target.live | datum.live)
        return target
    if m.grad_mode is True and target.source >= 0 and target.sure:
        tensors.fail(m, op, "RuntimeError", LEAF_IN_PLACE, 1 << target.source, leaf=target.source)
    if m.grad_mode is True and target.source < 0 and target.alias >= 0 and target.sure:
        tensors.fail(m, op, "RuntimeError", VIEW_IN_PLACE, 1 << target.alias, leaf=target.alias)
    if target.source >= 0 and (target.sure or target.live) or target.source < 0 and target.alias >= 0 and not target.live:
        return target
    lossy = target.floating is False and any(d.data for d in others)
    new = tensors.apply(m, op, [target, *others], Effect.WHOLE if lossy else Effect.KEEPS, "add", operands)
    if m.grad_mode is False:
        new.live |= target.live
        new.hidden = new.hidden or target.hidden
        new.ghost = new.ghost or target.ghost
    needed = any(kept is target for datum in (target, *others) for kept in datum.saved)
    if needed and target.sure and m.grad_mode is True:
        new.spoiled = True
        note = {"what": "inplace", "site": m.site(), "op": op, "data": target.data, "shape": []}
        m.note(note)
    new.sure = target.sure and m.grad_mode is True
    source = target.source
    overwrite(m, target, new)
    if source >= 0:
        m.set(target, "data", target.data | 1 << source)
    return target


def set_item(m: Machine, target: Datum, key, value) -> None:
    """``target[key] = value``."""
    others = tensors.carriers([value, key])
    if target.kind in ("tensor", "mixed"):
        write(m, target, others, "torch.Tensor.__setitem__", "setitem", [target, key, value])
    elif target.kind == "array":
        new = tensors.off_graph(m, "numpy.ndarray.__setitem__", [target, *tensors.carriers([value])], "array", [target, value])
        overwrite(m, target, new)
    elif target.kind in ("opaque", "plain"):
        m.escape([value])
        for datum in others:
            m.set(target, "data", target.data | datum.data)
            m.set(target, "live", target.live | datum.live)
            m.set(target, "hidden", target.hidden or datum.hidden)
            m.set(target, "cuts", target.cuts | datum.cuts)
        if target.kind == "plain" and others:
            m.set(target, "kind", "opaque")
