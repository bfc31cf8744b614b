"""Backward passes, inner derivatives, reads of gradients and optimizer steps."""

from __future__ import annotations

from autofix.effects import Effect
from autofix.find.flow import holdings, naming, signs, tensors
from autofix.find.flow.machine import Enough, Machine, Raised
from autofix.find.values import FALSE, NONE, Const, Datum, Either, Items, Seq, opaque, plain

NO_GRAPH = "element 0 of tensors does not require grad and does not have a grad_fn"
FREED = "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed)."
OVERWRITTEN = "one of the variables needed for gradient computation has been modified by an inplace operation"
UNUSED = "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior."
ZEROS = {"finite": True, "norm": 0.0, "shape": []}
GRADIENT = {"finite": True, "norm": 1.0, "shape": []}
MOST_NODES = 64


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
        if not signs.speaks(m, m.seen):
            raise Enough
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
        entry["error"], entry["cuts"] = f"RuntimeError: {OVERWRITTEN}", 0
        naming.resolve(m, entry["must"])
        raise Raised("RuntimeError", OVERWRITTEN, site)
    nodes = 0
    for datum in outputs:
        nodes |= datum.nodes
    if nodes & m.freed and sure and not m.doubt and not m.guarded and all(d.sure for d in outputs):
        entry["error"], entry["cuts"] = f"RuntimeError: {FREED}", 0
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
    m.later_at[m.site()] = m.later_at.get(m.site(), 0) | mask
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
        "rebuilt": [] if m.closed else _rebuilt(m, outputs, cuts),
        "guarded": m.guarded > 0,
        "doubt": m.doubt > 0,
    }
    m.seen.roots.append(entry)
    m.seen.passes += how == "backward"
    if site >= 0 and m.seen.spans[site][:2] in m.announced:
        m.seen.reached.add(m.seen.spans[site][:2])
    holdings.look(m)
    naming.resolve(m, must & ~(_live(outputs) & m.optimized))
    naming.resolve_held(m)
    return entry


def copied(m: Machine, bit: int, inputs: list[Datum]) -> None:
    """Live tensors were built anew at this cut (``torch.tensor([loss1, loss2])``), as the probe notes them."""
    nodes = m.copied.setdefault(bit, [])
    nodes += [datum.node for datum in inputs if datum.node]
    del nodes[:-MOST_NODES]


def _rebuilt(m: Machine, outputs: list[Datum], cuts: int) -> list[tuple[int, bool]]:
    """The cuts whose live tensors these outputs hold in no other way, and whether their ways have something in common."""
    noted = {bit: nodes for bit, nodes in m.copied.items() if bit & cuts and nodes}
    m.copied = {}
    if not noted or any(datum.hidden for datum in outputs):
        return []
    held = _graph([datum.node for datum in outputs])
    return [
        (bit.bit_length() - 1, not held.isdisjoint(_graph(nodes)))
        for bit, nodes in noted.items()
        if not any(id(node) in held for node in nodes)
    ]


def _graph(starts: list) -> set[int]:
    """All operations that gradient goes through on its way back from the starts."""
    seen, waiting = set(), [node for node in starts if node is not None]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting += node
    return seen


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
    comes = [_arrives(datum, outputs, entry) for datum in wanted]
    if not all(comes) and known and not m.doubt and not m.guarded and not m.closed and _refuses_unused(args, kwargs):
        entry["error"] = f"RuntimeError: {UNUSED}"
        for datum in wanted:
            want(m, "autograd.grad", datum, None, site)
        raise Raised("RuntimeError", UNUSED, site)
    weighed = [*outputs, *tensors.carriers([args[2] if len(args) > 2 else kwargs.get("grad_outputs", plain())])]
    results = []
    for datum, arrives in zip(wanted, comes):
        if datum.source >= 0 and arrives:
            entry["fed"] |= 1 << datum.source
            m.fed |= 1 << datum.source
        want(m, "autograd.grad", datum, GRADIENT if arrives else None, site)
        results.append(_result(m, weighed, wanted, graph, arrives))
    if len(results) == 1 and type(given) is Datum and given.kind == "tensor":
        return Seq("tuple", Items((results[0],)))
    if type(given) is Seq and given.items.rest is None and len(results) == len(given.items.first):
        return Seq("tuple", Items(tuple(results)))
    rest = _result(m, weighed, wanted, graph, True)
    return Seq("tuple", Items((rest,), rest))


def _arrives(datum: Datum, outputs: list[Datum], entry: dict) -> bool:
    bits = datum.live | (1 << datum.source if datum.source >= 0 else 0)
    if datum.kind == "tensor" and not tensors.is_live(datum):
        return False
    return entry["hidden"] or datum.hidden or bool(datum.source < 0 or bits & _live(outputs))


def _refuses_unused(args: list, kwargs: dict) -> bool:
    """Whether ``autograd.grad`` raises where an input has no part in the output."""
    allowed = [*args[5:6], *(kwargs[key] for key in ("allow_unused", "materialize_grads", "**") if key in kwargs)]
    return len(args) < 8 and all(type(flag) is Const and not flag.value for flag in allowed)


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
