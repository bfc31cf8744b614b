"""Backward passes, inner derivatives, reads of gradients and optimizer steps."""

from __future__ import annotations

from autofix.find.effects import Effect
from autofix.find.flow import modules, naming, tensors
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import FALSE, NONE, Const, Datum, Either, Items, Seq, opaque, options, plain

NO_GRAPH = "element 0 of tensors does not require grad and does not have a grad_fn"
FREED = "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed)."
OVERWRITTEN = "one of the variables needed for gradient computation has been modified by an inplace operation"
ZEROS = {"finite": True, "norm": 0.0, "shape": []}
GRADIENT = {"finite": True, "norm": 1.0, "shape": []}


def backward(m: Machine, datum: Datum, args: list, kwargs: dict, sure: bool = True):
    """``datum.backward()``."""
    retain, create = kwargs.get("retain_graph", args[1] if len(args) > 1 else FALSE), kwargs.get("create_graph", FALSE)
    keeps = any(type(flag) is not Const or flag.value for flag in (retain, create))
    differentiate(m, "backward", [datum], sure=sure and datum.kind == "tensor", keeps=keeps)
    if not (type(create) is Const and not create.value) or kwargs.get("inputs") is not None:
        m.set(m, "graph_kept", True)
    return NONE if datum.kind == "tensor" else plain()


def on_number(m: Machine, datum: Datum) -> None:
    """A plain number has no ``backward``: the program dies, and we know why."""
    site = m.site()
    _root(m, "attribute", [datum], site, error="AttributeError")
    if not m.doubt and not m.guarded:
        raise Raised("AttributeError", "object has no attribute 'backward'", site)


def differentiate(m: Machine, how: str, outputs: list[Datum], sure: bool = True, feeds: bool = True, keeps: bool = False) -> dict:
    """A root: note it and (``feeds``) send gradient to all that it may reach."""
    keeps = keeps or how != "backward"
    if how == "backward" and not m.closed and (m.settling or not m.doubt) and m.seen_enough():
        m.closed = True
    if m.closed:
        return _after_the_end(m, outputs, feeds)
    site = m.site()
    dead = not any(tensors.is_live(d) for d in outputs)
    entry = _root(m, how, outputs, site, error=f"RuntimeError: {NO_GRAPH}" if dead and sure else "")
    entry["surely_dead"] = dead
    if dead and sure:
        if not m.doubt and not m.guarded:
            raise Raised("RuntimeError", NO_GRAPH, site)
        return entry
    if sure and not m.doubt and not m.guarded and any(d.spoiled for d in outputs):
        entry["error"] = f"RuntimeError: {OVERWRITTEN}"
        naming.resolve(m, entry["must"])
        raise Raised("RuntimeError", OVERWRITTEN, site)
    nodes = 0
    for datum in outputs:
        nodes |= datum.nodes
    if nodes & m.freed and sure and not m.doubt and not m.guarded and all(d.sure for d in outputs):
        entry["error"] = f"RuntimeError: {FREED}"
        naming.resolve(m, entry["must"])
        raise Raised("RuntimeError", FREED, site)
    if not keeps:
        m.set(m, "freed", m.freed | nodes)
    mask = 0
    for datum in outputs:
        mask |= datum.live
        m.zeros |= datum.data if datum.ghost else 0
        if datum.hidden:
            mask |= m.escaped
            entry["hidden"] = True
    if not feeds:
        return entry
    entry["fed"] = mask
    m.fed |= mask
    m.set(m, "holding", m.holding | mask)
    return entry


def _after_the_end(m: Machine, outputs: list[Datum], feeds: bool) -> dict:
    """A run would not come so far: what is fed here counts, the rest does not."""
    hidden = any(d.hidden for d in outputs)
    mask = _live(outputs) | (m.escaped if hidden else 0) if feeds else 0
    m.later |= mask
    m.set(m, "holding", m.holding | mask)
    return {"hidden": hidden, "fed": mask}


def _root(m: Machine, how: str, outputs: list[Datum], site: int, error: str) -> dict:
    data = must = cuts = 0
    made = set()
    for datum in outputs:
        data |= datum.data
        must |= datum.must
        cuts |= datum.cuts
        if datum.site >= 0:
            made.add(datum.site)
    entry = {
        "site": site,
        "how": how,
        "data": data,
        "must": must,
        "cuts": cuts,
        "made": sorted(made),
        "requires_grad": not error,
        "error": error,
        "fed": 0,
        "hidden": False,
        "surely_dead": False,
        "guarded": m.guarded > 0,
        "doubt": m.doubt > 0,
    }
    m.seen.roots.append(entry)
    modules.look(m)
    naming.resolve(m, must & ~(_live(outputs) & m.optimized))
    naming.resolve_held(m)
    return entry


def _live(outputs) -> int:
    mask = 0
    for datum in outputs:
        mask |= datum.live
    return mask


def autograd_grad(m: Machine, args: list, kwargs: dict):
    """``torch.autograd.grad(outputs, inputs)``."""
    outputs = tensors.carriers([args[0] if args else kwargs.get("outputs", plain())])
    given = args[1] if len(args) > 1 else kwargs.get("inputs", plain())
    create = kwargs.get("create_graph", args[4] if len(args) > 4 else FALSE)
    graph = create.value if type(create) is Const else None
    site = m.site()
    wanted = [d for d in tensors.carriers([given]) if d.kind in tensors.CARRYING]
    known = all(d.kind == "tensor" for d in outputs) and bool(outputs)
    try:
        entry = differentiate(m, "grad" if graph is False else "inner", outputs, sure=known, feeds=False)
    except Raised:
        for datum in wanted:
            want(m, "autograd.grad", datum, None, site)
        raise
    results = []
    for datum in wanted:
        bits = datum.live | (1 << datum.source if datum.source >= 0 else 0)
        arrives = entry["hidden"] or datum.hidden or bool(datum.source < 0 or bits & _live(outputs))
        if datum.source >= 0 and arrives:
            entry["fed"] |= 1 << datum.source
            m.fed |= 1 << datum.source
        want(m, "autograd.grad", datum, GRADIENT if arrives else None, site)
        results.append(_result(m, outputs, wanted, graph, arrives))
    if len(results) == 1 and type(given) is Datum and given.kind == "tensor":
        return Seq("tuple", Items((results[0],)))
    if type(given) is Seq and given.items.rest is None and len(results) == len(given.items.first):
        return Seq("tuple", Items(tuple(results)))
    rest = _result(m, outputs, wanted, graph, True)
    return Seq("tuple", Items((rest,), rest))


def _result(m: Machine, outputs, wanted, graph: bool | None, arrives: bool):
    if not arrives:
        return NONE
    inputs = [*outputs, *wanted]
    if graph is False:
        new = tensors.apply(m, "torch.autograd.grad", inputs, Effect.CUTS)
    else:
        new = tensors.apply(m, "torch.autograd.grad", inputs)
        new.hidden = new.hidden or graph is None
    return new


# -- reads ----------------------------------------------------------------------------------------


def read_gradient(m: Machine, datum: Datum):
    """``datum.grad``."""
    site = m.site()
    index = datum.source
    live = tensors.is_live(datum)
    if index >= 0:
        known = m.seen.sources[index]["requires_grad"]
        perhaps = bool(m.holding >> index & 1) or known is None or bool(m.escaped >> index & 1)
        zeros = not perhaps and m.zeros >> index & 1 and live
        want(m, "read", datum, GRADIENT if perhaps else (ZEROS if zeros else None), site)
        if not perhaps and not zeros:
            return NONE
        gradient = Datum("tensor", site=site)
        gradient.hidden = bool(m.graph_kept)
        gradient.floating = True
        gradient.gradient_of = index
        return gradient if not m.unsure_gradients else Either((gradient, NONE))
    if datum.kind == "tensor" and not datum.retains and not datum.hidden and (datum.sure or not live):
        if not m.doubt:
            want(m, "read", datum, None, site)
        return NONE
    return opaque(datum.data, datum.live)


def want(m: Machine, how: str, datum: Datum, grad, site: int, group: str = "") -> None:
    """The program asks for a gradient, and gets ``grad``."""
    if m.closed:
        return
    name = naming.name_of(m, datum) or group if grad is None else ""
    m.seen.wants.append(
        {
            "how": how,
            "site": site,
            "source": datum.source,
            "name": name,
            "leaf": datum.source >= 0 or not tensors.is_live(datum),
            "requires_grad": tensors.is_live(datum),
            "parameter": datum.source >= 0 and m.seen.sources[datum.source]["parameter"],
            "data": datum.data,
            "must": datum.must,
            "cuts": datum.cuts,
            "made": datum.site,
            "grad": grad,
            "root": len(m.seen.roots) - 1,
            "doubt": m.doubt > 0,
        }
    )


# -- optimizers -----------------------------------------------------------------------------------


class Optimizer:
    """What an optimizer holds; ``open``: and perhaps more that is not seen."""

    __slots__ = ("groups", "open", "site", "stepped")

    def __init__(self, site: int):
        self.groups: tuple = ()
        self.open = False
        self.site = site
        self.stepped = False


def make_optimizer(m: Machine, args: list, kwargs: dict) -> Optimizer:
    """``torch.optim.X(params, ...)``."""
    made = Optimizer(m.site())
    m.unstepped += 1
    given = args[0] if args else kwargs.get("params", opaque())
    add_groups(m, made, given)
    if not made.open and not any(group for group in made.groups) and not m.doubt and not m.guarded:
        message = "optimizer got an empty parameter list"
        m.note({"what": "refused", "site": m.site(), "message": message})
        modules.look(m)
        naming.resolve_held(m)
        raise Raised("ValueError", message, m.site())
    return made


def add_groups(m: Machine, optimizer: Optimizer, given) -> None:
    from autofix.find.flow.calls import exhausted
    from autofix.find.values import Map

    items = exhausted(m, given)
    held, groups = [], []
    if items.rest is not None:
        optimizer.open = True
    for value in items.all():
        for option in options(value):
            if type(option) is Map:
                inner = option.fields.get("params")
                groups.append(_tensors(m, optimizer, Items((inner,)) if type(inner) is Datum and inner.kind == "tensor" else exhausted(m, inner or opaque())))
            else:
                held += _tensors(m, optimizer, Items((option,)))
        if type(value) is Either:
            optimizer.open = True
    if held:
        groups.insert(0, held)
    for group in groups:
        number = len(optimizer.groups)
        m.note({"what": "group", "site": m.site(), "group": f"{id(optimizer)}/{number}", "count": len(group), "known": len(m.seen.sources)})
        m.set(optimizer, "groups", (*optimizer.groups, tuple(group)))
        for datum in group:
            _noted(m, optimizer, datum, number)


def _tensors(m: Machine, optimizer: Optimizer, items: Items) -> list[Datum]:
    from autofix.find.values import Map

    found = []
    if items.rest is not None:
        optimizer.open = True
    for value in items.all():
        for option in options(value):
            if type(option) is Seq and option.kind == "tuple" and len(option.items.first) == 2:
                option = option.items.first[1]
            if type(option) is Datum and option.kind == "tensor":
                found.append(option)
            elif type(option) is Map or type(option) is not Const:
                optimizer.open = True
                m.escape([option])
        if type(value) is Either:
            optimizer.open = True
    return found


def _noted(m: Machine, optimizer: Optimizer, datum: Datum, number: int) -> None:
    site = m.site()
    if datum.source < 0 and datum.sure and not m.doubt:
        want(m, "optimizer", datum, None, site)
        if not m.guarded:
            m.note({"what": "refused", "site": site, "message": "can't optimize a non-leaf Tensor"})
            raise Raised("ValueError", "can't optimize a non-leaf Tensor", site)
    if datum.source >= 0:
        m.optimized |= 1 << datum.source
    if m.doubt:
        return
    m.note(
        {
            "what": "optimizer",
            "site": site,
            "source": datum.source,
            "name": naming.name_of(m, datum),
            "requires_grad": tensors.is_live(datum),
            "leaf": datum.source >= 0 or not tensors.is_live(datum),
            "made": datum.site,
            "data": datum.must,
            "cuts": datum.cuts,
            "group": f"{id(optimizer)}/{number}",
        }
    )


def optimizer_call(m: Machine, optimizer: Optimizer, name: str, args: list, kwargs: dict):
    """A method of an optimizer."""
    from autofix.find.flow.calls import call_back

    if name == "zero_grad":
        zeroed(m, [d for group in optimizer.groups for d in group])
        return NONE
    if name == "step":
        call_back(m, [*args, *kwargs.values()], sure=True)
        if not optimizer.stepped:
            m.set(optimizer, "stepped", True)
            m.unstepped -= 1
            m.note({"what": "stepped", "site": m.site(), "optimizer": str(id(optimizer))})
        _step(m, optimizer)
        return opaque() if args or kwargs else NONE
    if name == "add_param_group":
        add_groups(m, optimizer, Seq("list", Items((args[0] if args else kwargs.get("param_group", opaque()),))))
        return NONE
    if name in ("state_dict", "load_state_dict", "register_step_post_hook", "register_step_pre_hook"):
        return plain()
    return plain()


def _step(m: Machine, optimizer: Optimizer) -> None:
    site = m.site()
    for number, group in enumerate(optimizer.groups):
        for place, datum in enumerate(group):
            index = datum.source
            if index < 0:
                want(m, "optimizer", datum, GRADIENT if tensors.is_live(datum) else None, site, f"group {number}, parameter {place}")
                continue
            perhaps = m.holding >> index & 1 or m.escaped >> index & 1 or m.seen.sources[index]["requires_grad"] is None
            if not m.doubt or perhaps:
                naming.orphaned(m, datum, site)
                want(m, "optimizer", datum, GRADIENT if perhaps else None, site, f"group {number}, parameter {place}")


def zeroed_source(m: Machine, index: int) -> None:
    """``x.grad.zero_()``."""
    if m.seen.roots and (m.settling or not m.doubt) and not m.closed:
        m.seen.sources[index]["zeroed"] = m.site()
    m.set(m, "holding", m.holding & ~(1 << index))
    m.zeros |= 1 << index


def zeroed(m: Machine, held: list[Datum]) -> None:
    """These tensors' gradients are cleared."""
    mask = 0
    for datum in held:
        if datum.source >= 0:
            mask |= 1 << datum.source
            if m.seen.roots and (m.settling or not m.doubt) and not m.closed:
                m.seen.sources[datum.source]["zeroed"] = m.site()
    m.set(m, "holding", m.holding & ~mask)
