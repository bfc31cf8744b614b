"""Optimizers: what they hold, their steps, and clearing gradients."""

from __future__ import annotations

from autofix.find.flow import calls, elements, holdings, naming, roots, tensors
from autofix.find.flow.machine import Machine, Raised
from autofix.find.values import NONE, Const, Datum, Either, Items, Map, Seq, opaque, options, plain

NON_LEAF = "can't optimize a non-leaf Tensor"


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
        holdings.look(m)
        naming.resolve_held(m)
        naming.resolve(m, sum(1 << i for i, source in enumerate(m.seen.sources) if source["parameter"]))
        raise Raised("ValueError", message, m.site())
    return made


def add_groups(m: Machine, optimizer: Optimizer, given) -> None:
    items = elements.exhausted(m, given)
    held, groups = [], []
    if items.rest is not None:
        optimizer.open = True
    for value in items.all():
        for option in options(value):
            if type(option) is Map:
                inner = option.fields.get("params")
                groups.append(_tensors(m, optimizer, Items((inner,)) if type(inner) is Datum and inner.kind == "tensor" else elements.exhausted(m, inner or opaque())))
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
        refused = [datum for datum in group if datum.source < 0 and datum.sure and not m.doubt]
        for datum in refused:
            roots.want(m, "optimizer", datum, None, m.site())
            naming.resolve(m, datum.must)
        if refused and not m.guarded:
            m.note({"what": "refused", "site": m.site(), "message": NON_LEAF})
            raise Raised("ValueError", NON_LEAF, m.site())
        for datum in group:
            _noted(m, optimizer, datum, number)


def _tensors(m: Machine, optimizer: Optimizer, items: Items) -> list[Datum]:
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
    if datum.source >= 0:
        m.optimized |= 1 << datum.source
    if m.doubt:
        return
    m.note(
        {
            "what": "optimizer",
            "site": m.site(),
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
    if name == "zero_grad":
        zeroed(m, [d for group in optimizer.groups for d in group])
        return NONE
    if name == "step":
        calls.call_back(m, [*args, *kwargs.values()], sure=True)
        if not optimizer.stepped:
            m.set(optimizer, "stepped", True)
            m.unstepped -= 1
            m.note({"what": "stepped", "site": m.site(), "optimizer": str(id(optimizer)), "open": optimizer.open})
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
                roots.want(m, "optimizer", datum, roots.GRADIENT if tensors.is_live(datum) else None, site, f"group {number}, parameter {place}")
                continue
            perhaps = m.holding >> index & 1 or m.escaped >> index & 1 or m.seen.sources[index]["requires_grad"] is None
            if not m.doubt or perhaps:
                naming.orphaned(m, datum, site)
                roots.want(m, "optimizer", datum, roots.GRADIENT if perhaps else None, site, f"group {number}, parameter {place}")


def zeroed_source(m: Machine, index: int) -> None:
    """``x.grad.zero_()``."""
    _mark_zeroed(m, index)
    m.set(m, "holding", m.holding & ~(1 << index))
    m.zeros |= 1 << index


def _mark_zeroed(m: Machine, index: int) -> None:
    """There is something to clear, and a run would see it."""
    if m.holding >> index & 1 and m.seen.roots and (m.settling or not m.doubt) and not m.closed:
        m.seen.sources[index]["zeroed"] = m.site()


def zeroed(m: Machine, held: list[Datum]) -> None:
    """These tensors' gradients are cleared."""
    mask = 0
    for datum in held:
        if datum.source >= 0:
            mask |= 1 << datum.source
            _mark_zeroed(m, datum.source)
    m.set(m, "holding", m.holding & ~mask)
