"""Tensors, arrays and numbers: what an attribute, an operator or a call makes of the gradient in them."""

from __future__ import annotations

import ast

from autofix.find import effects
from autofix.find.effects import Effect
from autofix.find.flow import calls, naming, roots
from autofix.find.flow.machine import Machine, Raised, merge_results
from autofix.find.values import (
    FALSE,
    NONE,
    TRUE,
    Bound,
    Const,
    Datum,
    Either,
    Func,
    Items,
    Map,
    Ref,
    Seq,
    plain,
    reached,
)

TO_NUMPY = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_IN_PLACE = "a view of a leaf Variable that requires grad is being used in an in-place operation."
FACTS = frozenset(["shape", "dtype", "device", "ndim", "layout", "names", "itemsize", "nbytes", "is_cuda", "is_sparse", "_version"])
KEPT_ATTRIBUTES = frozenset(["T", "mT", "H", "mH", "real", "imag"])
SEVERAL = frozenset(
    ["chunk", "split", "unbind", "tensor_split", "svd", "eig", "eigh", "qr", "slogdet", "lu", "var_mean", "std_mean", "frexp", "meshgrid", "aminmax", "dsplit", "hsplit", "vsplit", "geqrf", "broadcast_tensors", "unique", "unique_consecutive", "histogram"]
)
WIDER = frozenset(["double", "half", "bfloat16"])
SAME_OR_COPY = frozenset(["to", "cuda", "type", "type_as", "xpu", "mps", "npu"])
SAME = frozenset(["cpu", "contiguous", "float"])
VIEWS = frozenset(["view", "reshape", "squeeze", "unsqueeze", "flatten", "transpose", "permute", "t", "expand", "narrow", "select", "unfold", "view_as", "swapaxes", "movedim"])
CARRYING = ("tensor", "mixed", "opaque")


def is_live(datum: Datum) -> bool:
    """Whether it may require grad."""
    return bool(datum.live) or datum.hidden or datum.ghost


# -- one operation --------------------------------------------------------------------------------


def apply(m: Machine, op: str, inputs: list[Datum], effect: Effect = Effect.KEEPS, short: str = "", operands=None) -> Datum:
    """A framework operation on tensors (and numbers): the datum that comes out."""
    if effect is Effect.FACT:
        return plain()
    site = m.site()
    new = Datum("tensor", site=site)
    before = set()
    for datum in inputs:
        new.data |= datum.data
        new.must |= datum.must
        new.live |= datum.live
        new.cuts |= datum.cuts
        new.hidden = new.hidden or datum.hidden
        new.ghost = new.ghost or datum.ghost
        new.sure = new.sure or datum.sure
        if datum.floating:
            new.floating = True
        if datum.site >= 0:
            before.add(datum.site)
        new.spoiled = new.spoiled or datum.spoiled
        new.nodes |= datum.nodes
    new.sure = new.sure and short in effects.SMOOTH and m.grad_mode is True
    if new.sure:
        _kept(m, op, new, inputs, short)
    new.scalar = bool(inputs) and all(datum.scalar for datum in inputs) and short in _ELEMENTWISE
    live = is_live(new)
    bit = 0
    stranger = effect in (Effect.CUTS, Effect.WHOLE) and new.hidden and not new.data and not new.cuts
    if stranger:
        m.stranger(new, inputs)
    if effect is Effect.CUTS:
        bit = m.cut(site, op, new.data, live) if new.data else 0
        _dead(new)
    elif effect is Effect.WHOLE:
        lost = new.data if stranger else _data([d for d in inputs if d.floating is not False])
        bit = m.cut(site, op, lost, live) if lost else 0
        _dead(new)
        new.floating = False
    elif m.grad_mode is False:
        bit = m.cut(site, "torch.no_grad", new.data, live, modes=True) if new.data else 0
        _dead(new)
        new.inference = m.inference
    elif effect is Effect.ROUNDS and live:
        bit = m.cut(site, op, new.data, live, soft=True) if new.data else 0
        new.live, new.ghost = 0, True
    new.cuts |= bit
    if new.cuts:
        m.step(site, op, operands or inputs, [new], before)
    return new


_ELEMENTWISE = frozenset(["add", "sub", "mul", "truediv", "neg", "pow", "exp", "log", "sqrt", "abs", "float", "double", "clone", "detach", "to", "tanh", "sigmoid", "relu", "square"])


def _kept(m: Machine, op: str, new: Datum, inputs: list[Datum], short: str) -> None:
    """What the backward pass of an operation needs of its operands and its result."""
    if short in effects.SAVES_RESULT or short in effects.SAVES_FACTORS or short in effects.SAVES_INPUT:
        new.nodes |= 1 << m.nodes
        m.nodes += 1
    if short in effects.SAVES_RESULT:
        new.saved = (new,)
    elif short in effects.SAVES_INPUT and inputs[0].sure:
        new.saved = (inputs[0],)
    elif short in effects.SAVES_FACTORS and any(d.inference for d in inputs) and any(d.sure and not d.inference for d in inputs):
        message = "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd."
        data = cuts = 0
        for datum in inputs:
            data, cuts = data | datum.data, cuts | datum.cuts
        fail(m, op, "RuntimeError", message, data, cuts)


def _dead(datum: Datum) -> None:
    datum.live, datum.hidden, datum.sure, datum.ghost, datum.spoiled = 0, False, False, False, False
    datum.nodes = 0


def _data(inputs) -> int:
    data = 0
    for datum in inputs:
        data |= datum.data
    return data


def off_graph(m: Machine, op: str, inputs: list[Datum], kind: str, operands=None) -> Datum:
    """A computation in numpy or plain Python: whatever it is given, the result holds no gradient."""
    site = m.site()
    new = Datum(kind, site=site)
    before = set()
    from_tensors = live = 0
    for datum in inputs:
        new.data |= datum.data
        new.must |= datum.must
        new.cuts |= datum.cuts
        if datum.kind in CARRYING:
            from_tensors |= datum.data
            live |= is_live(datum)
        if datum.site >= 0:
            before.add(datum.site)
    if op.startswith("torch.Tensor.") and not new.data and not new.cuts and any(d.kind == "opaque" and d.hidden for d in inputs):
        m.stranger(new, [datum for datum in inputs if datum.kind == "opaque"])
        from_tensors, live = new.data, True
    if from_tensors:
        new.cuts |= m.cut(site, op, from_tensors, bool(live))
    if new.cuts:
        m.step(site, op, operands or inputs, [new], before)
    return new


def carriers(values, depth: int = 4) -> list[Datum]:
    """Every datum in (nested) arguments."""
    found: list[Datum] = []
    for value in values:
        kind = type(value)
        if kind is Datum:
            found.append(value)
        elif depth and kind is Seq:
            found += carriers(value.items.all(), depth - 1)
        elif depth and kind is Map:
            found += carriers(value.all(), depth - 1)
        elif kind is Either:
            for datum in carriers(value.options, depth):
                weak = datum.copy()
                weak.must, weak.sure = 0, False
                found.append(weak)
        elif kind not in (Const, Ref, Func):
            for datum in reached([value]):
                found.append(datum)
    return found


def fail(m: Machine, op: str, error: str, message: str, data: int, cuts: int = 0, leaf: int = -1) -> None:
    """A call that surely raises ends the program, unless it is only perhaps reached or somebody catches it."""
    if m.doubt or m.guarded or m.muted:
        return
    site = m.site()
    naming.resolve(m, data)
    m.seen.failures.append(
        {"site": site, "op": op, "error": error, "message": message, "data": data, "cuts": cuts, "leaf": leaf}
    )
    raise Raised(error, message, site)


# -- attributes and items -------------------------------------------------------------------------


def attribute(m: Machine, datum: Datum, name: str):
    """``datum.name``."""
    kind = datum.kind
    if kind == "plain":
        return plain() if not datum.data else datum
    if name in FACTS and kind in ("tensor", "mixed", "array"):
        return _shape() if name == "shape" else plain()
    if kind in ("tensor", "mixed"):
        if name == "data":
            new = _alias(m, apply(m, "torch.Tensor.data", [datum], Effect.CUTS), datum)
            new.gradient_of = datum.gradient_of
            return new
        if name == "grad":
            return roots.read_gradient(m, datum)
        if name == "requires_grad":
            return plain() if is_live(datum) and not datum.sure else (TRUE if datum.sure else FALSE)
        if name in KEPT_ATTRIBUTES:
            return apply(m, f"torch.Tensor.{name}", [datum], short=name)
        if name in ("grad_fn", "is_leaf"):
            return plain()
    if kind == "opaque":
        new = datum.copy()
        new.site = m.site()
        if name in ("shape", "dtype", "device", "ndim", "__name__", "__class__"):
            return plain()
        return Bound(name, new)
    if kind == "array" and name == "size":
        return Datum("number", floating=False)
    if kind == "array" and name in ("T", "real", "imag", "flat"):
        return off_graph(m, f"numpy.ndarray.{name}", [datum], "array")
    return Bound(name, datum)


def _shape() -> Seq:
    return Seq("tuple", Items((), Datum("number", floating=False)))


def _alias(m: Machine, new: Datum, datum: Datum) -> Datum:
    new.alias = datum.source if datum.source >= 0 else datum.alias
    return new


def item(m: Machine, datum: Datum, key):
    """``datum[key]``."""
    if datum.kind in ("tensor", "mixed"):
        inputs = [datum, *carriers([key])]
        new = apply(m, "torch.Tensor.__getitem__", inputs, short="getitem")
        new.kind = datum.kind
        new.floating = datum.floating
        new.alias = datum.source if datum.source >= 0 and datum.sure else datum.alias
        return new
    if datum.kind == "array":
        return off_graph(m, "numpy.ndarray.__getitem__", [datum, *carriers([key])], "array")
    if datum.kind == "opaque":
        new = datum.copy()
        new.site = m.site()
        return new
    return datum


def elements(m: Machine, datum: Datum) -> Items:
    """What iterating gives."""
    if datum.kind in ("tensor", "array", "mixed"):
        first = item(m, datum, NONE)
        return Items((first,), first.copy())
    new = datum.copy()
    new.site = datum.site
    return Items((new,), new)


# -- operators ------------------------------------------------------------------------------------

def operate(m: Machine, name: str, left, right):
    """A binary operator (or a unary one, with ``right`` None) of which one side at least is a datum."""
    sides = [side for side in (left, right) if side is not None]
    if any(type(side) is Const and side.value is None for side in sides):
        raise m.none_used("unsupported operand type(s) for NoneType")
    data = [side for side in sides if type(side) is Datum]
    others = [side for side in sides if type(side) not in (Datum, Const)]
    kinds = {datum.kind for datum in data}
    if others:
        if kinds & {"tensor", "opaque", "mixed"} or not _list_like(others):
            return m.unknown(sides)
        return off_graph(m, "numpy.ndarray." + name, carriers(sides), "array")
    if "tensor" in kinds:
        effect = Effect.ROUNDS if name == "floordiv" else Effect.KEEPS
        return apply(m, _tensor_op(name, left), data, effect, name, operands=sides)
    if "opaque" in kinds or "mixed" in kinds:
        new = merge_results([datum.copy() for datum in data])
        new.must = data[0].must | data[-1].must
        new.kind, new.site = ("opaque" if "opaque" in kinds else "mixed"), m.site()
        if m.grad_mode is False and "opaque" not in kinds:
            return apply(m, _tensor_op(name, left), data, short=name, operands=sides)
        return new
    kind = "array" if "array" in kinds else ("number" if "number" in kinds else "plain")
    if not any(datum.data for datum in data):
        return Datum(kind)
    label = "numpy.ndarray" if kind == "array" else "float"
    return off_graph(m, f"{label}.__{name}__", data, kind, operands=sides)


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
    if "tensor" in kinds or "mixed" in kinds:
        return apply(m, f"torch.Tensor.{_compared_as(m, name, left, right)}", data, Effect.WHOLE, operands=[left, right])
    if "array" in kinds:
        return off_graph(m, f"numpy.{name}", data, "array", operands=[left, right])
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
    from autofix.find.flow.expressions import OPERATORS, _appended, binary

    name = OPERATORS[kind][0]
    if type(old) is Seq and old.kind == "list" and kind is ast.Add:
        m.set(old, "items", _appended(old.items, calls.iterated(m, value)))
        return old
    if type(old) is Datum and old.kind == "tensor":
        return write(m, old, carriers([value]), f"torch.Tensor.__i{name}__", f"i{name}", [old, value])
    if type(old) is Datum and old.kind == "array":
        new = off_graph(m, f"numpy.ndarray.__i{name}__", [old, *carriers([value])], "array", [old, value])
        _overwrite(m, old, new)
        return old
    if type(old) is Either:
        return merge_results([augment(m, kind, option, value) if not _none(option) else option for option in old.options])
    return binary(m, kind, old, value)


def _none(value) -> bool:
    return type(value) is Const and value.value is None


def _overwrite(m: Machine, old: Datum, new: Datum) -> None:
    for field in ("data", "must", "live", "cuts", "hidden", "sure", "site", "ghost", "spoiled", "nodes"):
        if getattr(old, field) != getattr(new, field):
            m.set(old, field, getattr(new, field))


# -- writing in place -----------------------------------------------------------------------------


def write(m: Machine, target: Datum, others: list[Datum], op: str, short: str, operands=None) -> Datum:
    """An in-place operation: the target takes the others' data in."""
    if target.gradient_of >= 0 and short in ("zero_", "fill_"):
        roots.zeroed_source(m, target.gradient_of)
    if target.kind == "opaque":
        for datum in others:
            m.set(target, "data", target.data | datum.data)
            m.set(target, "live", target.live | datum.live)
        return target
    if m.grad_mode is True and target.source >= 0 and target.sure:
        fail(m, op, "RuntimeError", LEAF_IN_PLACE, 1 << target.source, leaf=target.source)
    if m.grad_mode is True and target.source < 0 and target.alias >= 0 and target.sure:
        fail(m, op, "RuntimeError", VIEW_IN_PLACE, 1 << target.alias, leaf=target.alias)
    if target.source >= 0 and (target.sure or target.live) or target.source < 0 and target.alias >= 0 and not target.live:
        return target
    lossy = target.floating is False and any(d.data for d in others)
    new = apply(m, op, [target, *others], Effect.WHOLE if lossy else Effect.KEEPS, "add", operands)
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
    _overwrite(m, target, new)
    if source >= 0:
        m.set(target, "data", target.data | 1 << source)
    return target


def set_item(m: Machine, target: Datum, key, value) -> None:
    """``target[key] = value``."""
    others = carriers([value, key])
    if target.kind in ("tensor", "mixed"):
        write(m, target, others, "torch.Tensor.__setitem__", "setitem", [target, key, value])
    elif target.kind == "array":
        new = off_graph(m, "numpy.ndarray.__setitem__", [target, *carriers([value])], "array", [target, value])
        _overwrite(m, target, new)
    elif target.kind in ("opaque", "plain"):
        m.escape([value])
        for datum in others:
            m.set(target, "data", target.data | datum.data)
            m.set(target, "live", target.live | datum.live)
            m.set(target, "hidden", target.hidden or datum.hidden)
            m.set(target, "cuts", target.cuts | datum.cuts)
        if target.kind == "plain" and others:
            m.set(target, "kind", "opaque")


# -- methods --------------------------------------------------------------------------------------


def method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    """``datum.name(*args, **kwargs)``."""
    kind = datum.kind
    if kind == "tensor":
        return _tensor_method(m, datum, name, args, kwargs)
    if kind in ("opaque", "mixed"):
        return _opaque_method(m, datum, name, args, kwargs)
    inputs = [datum, *carriers([*args, *kwargs.values()])]
    if name == "backward" and kind in ("array", "number") and not m.muted:
        roots.on_number(m, datum)
    if kind == "array":
        if name in effects.FACTS and name != "type" or name in ("tofile", "dump"):
            return plain()
        result = "number" if name in ("item",) else "array"
        if name == "tolist":
            number = off_graph(m, "numpy.ndarray.tolist", inputs, "number")
            return Seq("list", Items((number,), number.copy()))
        return off_graph(m, f"numpy.ndarray.{name}", inputs, result, [datum, *args])
    if kind == "number":
        if name in ("item", "astype", "mean", "sum", "round", "squeeze", "copy", "reshape", "flatten", "clip"):
            return off_graph(m, f"float.{name}", inputs, "number", [datum, *args])
        return plain()
    if any(is_live(d) or d.data for d in inputs[1:]) or any(type(a) in (Func, Bound) for a in args):
        return m.unknown([*args, *kwargs.values()])
    return plain()


def _opaque_method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    """Something unknown does something: it may be a tensor's method, or anything else of that name."""
    values = [*args, *kwargs.values()]
    if name == "backward":
        return roots.backward(m, datum, args, kwargs, sure=False)
    if name == "step" and not values:
        return plain()
    if name in ("__len__", "numel", "size", "dim"):
        return Datum("number", floating=False) if name != "size" or args else _shape()
    if name in ("item", "tolist"):
        return off_graph(m, f"torch.Tensor.{name}", [datum], "number")
    if name == "numpy" and not args:
        return off_graph(m, "torch.Tensor.numpy", [datum], "array")
    if name in ("detach", "long", "int", "bool") and not args:
        return apply(m, f"torch.Tensor.{name}", [datum], Effect.CUTS if name == "detach" else Effect.WHOLE)
    if name in ("argmax", "argmin"):
        return apply(m, f"torch.Tensor.{name}", [datum], Effect.WHOLE)
    if datum.kind == "mixed":
        return apply(m, f"torch.Tensor.{name}", [datum, *carriers(values)])
    if name in ("zero_grad", "eval", "train", "requires_grad_", "keys"):
        if name == "requires_grad_":
            m.set(datum, "hidden", True)
        return datum
    calls.call_back(m, values)
    if not datum.hidden and not any(is_live(d) for d in carriers(values)):
        new = datum.copy()
        for other in carriers(values):
            new.data |= other.data
            new.cuts |= other.cuts
        new.site = m.site()
        return new
    result = m.unknown([datum, *values])
    m.set(datum, "data", datum.data | result.data)
    m.set(datum, "live", datum.live | result.live)
    m.set(datum, "hidden", True)
    return result


def _tensor_method(m: Machine, datum: Datum, name: str, args: list, kwargs: dict):
    op = f"torch.Tensor.{name}"
    special = METHODS.get(name)
    if special is not None:
        return special(m, datum, args, kwargs)
    if name.endswith("_") and not name.startswith("_"):
        return write(m, datum, carriers([*args, *kwargs.values()]), op, name, [datum, *args])
    return function(m, op, name, [datum, *args], kwargs)


def function(m: Machine, op: str, short: str, args: list, kwargs: dict):
    """A framework function, or a tensor's method with the tensor first."""
    if short in effects.MAKES:
        return made(m, op, short, args, kwargs)
    if short == "where" and len(args) == 1 and not kwargs:
        return apply(m, op, carriers(args), Effect.WHOLE)
    effect = effects.of(short)
    if short == "size":
        return _shape() if len(args) < 2 and not kwargs else Datum("number", floating=False)
    if effect is Effect.FACT:
        return Datum("number", floating=False) if short in ("numel", "dim", "ndim", "nelement", "__len__") else plain()
    operands = [*args, *kwargs.values()]
    inputs = carriers(operands)
    calls.call_back(m, operands)
    out = kwargs.get("out")
    if short in effects.PAIRS and _gives_pair(short, args, kwargs):
        values = apply(m, op, inputs, Effect.KEEPS, operands=operands)
        indices = apply(m, op, inputs, Effect.WHOLE, operands=operands)
        return Seq("tuple", Items((values, indices)))
    new = apply(m, op, inputs, effect, short, operands)
    if type(out) is Datum:
        _overwrite(m, out, new)
    if short in effects.REDUCTIONS and not ({"dim", "axis"} & set(kwargs)) and len(args) < 2 or short in effects.LOSSES and "reduction" not in kwargs:
        new.scalar = True
    if short in SEVERAL:
        return Seq("tuple", Items((), new))
    if short in VIEWS and type(args[0]) is Datum:
        new.alias = args[0].source if args[0].source >= 0 and args[0].sure else args[0].alias
    if short in ("float", "double", "half", "bfloat16"):
        new.floating = True
    if short in ("clone", "view", "reshape", "squeeze", "unsqueeze", "flatten", "expand", "t", "permute", "transpose") and inputs:
        new.floating = inputs[0].floating
    return new


def _gives_pair(short: str, args: list, kwargs: dict) -> bool:
    if short in ("sort", "topk", "mode", "kthvalue", "cummax", "cummin"):
        return True
    if "dim" in kwargs or "axis" in kwargs:
        return True
    return len(args) > 1 and type(args[1]) is Const


# -- methods with a meaning of their own ----------------------------------------------------------


def _requires_grad_(m, datum, args, kwargs):
    flag = args[0] if args else kwargs.get("requires_grad", TRUE)
    return require(m, datum, flag.value if type(flag) is Const else None)


def require(m: Machine, datum: Datum, on: bool | None) -> Datum:
    """``requires_grad`` is switched by hand; ``on`` None: either way."""
    if m.doubt and on is not None and datum.source >= 0 and m.seen.sources[datum.source]["requires_grad"] != on:
        on = None
    if datum.source >= 0:
        source = m.seen.sources[datum.source]
        bit = 1 << datum.source
        source["requires_grad"] = on
        if on is False:
            m.note({"what": "frozen", "site": m.site(), "source": datum.source})
            m.set(datum, "live", datum.live & ~bit)
        else:
            if on is True and datum.floating is False:
                fail(m, "torch.Tensor.requires_grad_", "RuntimeError", "only Tensors of floating point dtype can require gradients", bit)
            m.set(datum, "live", datum.live | bit)
        m.set(datum, "sure", on is True)
        return datum
    if datum.kind != "tensor":
        m.set(datum, "hidden", True)
        return datum
    if on is False or is_live(datum):
        if on is None:
            m.set(datum, "ghost", True)
        return datum
    site = m.site()
    bit = m.cut(site, "torch.Tensor.requires_grad_", datum.data, False) if datum.data else 0
    m.set(datum, "cuts", datum.cuts | bit)
    data, must, made_at = datum.data, datum.must, datum.site
    m.source(datum, "torch.Tensor.requires_grad_", made_at, on)
    datum.data |= data
    datum.must |= must
    return datum


def _numpy(m, datum, args, kwargs):
    if datum.sure and m.grad_mode is not None and not kwargs and not args:
        fail(m, "torch.Tensor.numpy", "RuntimeError", TO_NUMPY, datum.data, datum.cuts)
    new = apply(m, "torch.Tensor.numpy", [datum], Effect.CUTS)
    new.kind = "array"
    return _alias(m, new, datum)


def _item(m, datum, args, kwargs):
    new = apply(m, "torch.Tensor.item", [datum], Effect.CUTS)
    new.kind = "number"
    return new


def _tolist(m, datum, args, kwargs):
    new = apply(m, "torch.Tensor.tolist", [datum], Effect.CUTS)
    new.kind = "number"
    return Seq("list", Items((new,), new.copy()))


def _detach(m, datum, args, kwargs):
    return _alias(m, apply(m, "torch.Tensor.detach", [datum], Effect.CUTS), datum)


def _detach_(m, datum, args, kwargs):
    new = apply(m, "torch.Tensor.detach_", [datum], Effect.CUTS)
    _overwrite(m, datum, new)
    if datum.source >= 0:
        m.seen.sources[datum.source]["requires_grad"] = None if m.doubt else False
    return datum


def _retain_grad(m, datum, args, kwargs):
    m.set(datum, "retains", True)
    return NONE


def _register_hook(m, datum, args, kwargs):
    m.escape([datum])
    calls.call_back(m, args)
    return plain()


def _backward(m, datum, args, kwargs):
    return roots.backward(m, datum, args, kwargs)


def _converted(name):
    def convert(m, datum, args, kwargs):
        new = apply(m, f"torch.Tensor.{name}", [datum, *carriers([*args, *kwargs.values()])], short=name)
        new.floating = True if name in ("float", "double", "half", "bfloat16") else datum.floating
        if datum.source < 0 or not m.seen.sources[datum.source]["requires_grad"]:
            if datum.source >= 0 and (name in SAME or name in SAME_OR_COPY):
                return datum if name in SAME and datum.dtype == "float32" else Either((datum, new))
            return new
        wanted = _dtype_named(args, kwargs)
        changes = name in WIDER or wanted in ("float64", "double", "float16", "half", "bfloat16")
        if changes and datum.dtype == "float32":
            return new
        if name in SAME and datum.dtype == "float32":
            return datum
        return Either((datum, new))

    return convert


def _dtype_named(args, kwargs) -> str:
    for value in (*args, kwargs.get("dtype")):
        if type(value) is Ref and value.name.startswith("torch."):
            return value.name.removeprefix("torch.")
    return ""


def _new_tensor(m, datum, args, kwargs):
    return constructed(m, "torch.Tensor.new_tensor", "new_tensor", args, kwargs)


def _split_sample(m, datum, args, kwargs):
    return apply(m, "torch.Tensor.multinomial", [datum], Effect.WHOLE)


def _to(m, datum, args, kwargs):
    wanted = _dtype_named(args, kwargs)
    if wanted in ("long", "int64", "int32", "int", "bool", "int16", "uint8", "int8"):
        return apply(m, "torch.Tensor.to", [datum], Effect.WHOLE)
    new = _converted("to")(m, datum, args, kwargs)
    if wanted and type(new) is Datum and new is not datum:
        new.floating = True
    return new


METHODS = {
    "requires_grad_": _requires_grad_, "numpy": _numpy, "item": _item, "tolist": _tolist, "detach": _detach,
    "detach_": _detach_, "retain_grad": _retain_grad, "register_hook": _register_hook, "backward": _backward,
    "new_tensor": _new_tensor, "multinomial": _split_sample, "to": _to, "register_post_accumulate_grad_hook": _register_hook,
    **{name: _converted(name) for name in ("double", "half", "bfloat16", "cuda", "cpu", "contiguous", "float", "type", "type_as")},
}  # fmt: skip


# -- new tensors ----------------------------------------------------------------------------------


def made(m: Machine, op: str, short: str, args: list, kwargs: dict) -> Datum:
    """A factory: a new source."""
    flag = kwargs.get("requires_grad", FALSE)
    on = flag.value if type(flag) is Const else None
    new = Datum("tensor")
    new.floating = _floating(short, args, kwargs)
    new.scalar = bool(args) and type(args[0]) is Seq and not args[0].items.all()
    if on and new.floating is False:
        m.source(new, op, m.site(), False)
        message = "Only Tensors of floating point and complex dtype can require gradients"
        fail(m, op, "RuntimeError", message, 1 << new.source)
        return new
    if "dtype" not in kwargs and new.floating and not short.endswith("_like") and not short.startswith("new_"):
        new.dtype = "float32"
    return m.source(new, op, m.site(), on if on is None else bool(on))


INTEGERS = frozenset(["long", "int64", "int32", "int", "int16", "uint8", "int8", "bool"])


def _floating(short: str, args: list, kwargs: dict) -> bool | None:
    wanted = kwargs.get("dtype")
    if type(wanted) is Ref:
        return wanted.name.rsplit(".", 1)[-1] not in INTEGERS
    if wanted is not None:
        return None
    if short in effects.WHOLE_MADE:
        return False
    if short in ("arange", "range"):
        known = all(type(a) is Const for a in args)
        return any(isinstance(a.value, float) for a in args) if known else None
    if short in ("full",):
        value = args[1] if len(args) > 1 else kwargs.get("fill_value")
        return not isinstance(value.value, (int, bool)) or isinstance(value.value, float) if type(value) is Const else None
    if short.endswith("_like") or short.startswith("new_"):
        return args[0].floating if args and type(args[0]) is Datum and short not in ("randn_like", "rand_like") else True
    return True


def constructed(m: Machine, op: str, short: str, args: list, kwargs: dict):
    """``torch.tensor(x)`` and its like: what of ``x`` is data, and what keeps its graph."""
    given = args[0] if args else kwargs.get("data", plain())
    inputs = [d for d in carriers([given]) if d.data or is_live(d) or d.kind == "tensor"]
    flag = kwargs.get("requires_grad", FALSE)
    on = flag.value if type(flag) is Const else None
    keeps = short in effects.FROM_ITEMS
    if keeps and type(given) is Datum and given.kind in CARRYING:
        return apply(m, op, [given], short="to")
    if keeps and type(given) is Either:
        return apply(m, op, inputs)
    if not any(d.data for d in inputs):
        new = Datum("tensor")
        new.scalar = type(given) is Const
        new.floating = _items_floating(given, kwargs)
        if short in ("FloatTensor", "Tensor", "DoubleTensor"):
            new.floating = True
        hidden = any(d.kind == "opaque" and d.hidden for d in carriers([given]))
        if on and new.floating is False:
            m.source(new, op, m.site(), False)
            fail(m, op, "RuntimeError", "Only Tensors of floating point and complex dtype can require gradients", 1 << new.source)
            return new
        if new.floating and "dtype" not in kwargs and not hidden:
            new.dtype = "float32"
        return m.source(new, op, m.site(), on if on is None else bool(on))
    new = apply(m, op, inputs, Effect.CUTS, operands=[given])
    new.floating = None
    if on is not False:
        data, must, site = new.data, new.must, new.site
        m.source(new, op, site, on if on is None else bool(on))
        new.data |= data
        new.must |= must
    return new


def _items_floating(value, kwargs: dict) -> bool | None:
    wanted = kwargs.get("dtype")
    if type(wanted) is Ref:
        return wanted.name.rsplit(".", 1)[-1] not in INTEGERS
    if wanted is not None:
        return None
    if type(value) is Const:
        return isinstance(value.value, (float, complex))
    if type(value) is Datum and value.kind == "number":
        return value.floating
    if type(value) is Seq:
        if value.items.rest is not None:
            return _items_floating(value.items.rest, {}) if not value.items.first else None
        if not value.items.first:
            return True
        answers = [_items_floating(item, {}) for item in value.items.first]
        if True in answers:
            return True
        return None if None in answers else False
    return None


