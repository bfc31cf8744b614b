"""PyTorch under the probe: which calls cut a gradient, what the program differentiates and reads."""

from __future__ import annotations

import functools
import sys
import weakref
from collections import Counter

import torch
from torch.overrides import TorchFunctionMode

from autofix.probe import gradient_hooks
from autofix.probe.ahead import Ahead
from autofix.probe.holding import Holding
from autofix.probe.holdings import Holdings
from autofix.probe.lineage import Lineage, Source, bits
from autofix.probe.names import Names
from autofix.probe.rebuilt import Rebuilt
from autofix.probe.sketch import direction, sketch
from autofix.probe.summands import Summands
from autofix.probe.torch_ops import (
    ALIASING,
    CLEARING,
    CUTTERS,
    EXACT,
    FROM_ITEMS,
    HOOKS,
    MAKERS,
    NO_DATA,
    NOT_A_USE,
    PATIENCE,
    REBUILDING,
    ROUNDING,
    SPELLED,
    flat,
    is_inplace,
    is_live,
    leaves,
    rebuilt,
    results_of,
)
from autofix.probe.tracked import Tracking, bare
from autofix.probe.watch import Watch


def guarded(method):
    """What goes wrong in the probe is noted, and never reaches the program."""

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self.watch.internal(method.__name__, error)
            return None

    return call


def in_transform() -> bool:
    """Inside ``torch.func``'s grad, vmap and their kin tensors are wrappers without values."""
    return torch._C._functorch.peek_interpreter_stack() is not None


class TorchProbe(TorchFunctionMode):
    """Sees every torch call, method and property of the thread it is entered in."""

    def __init__(self, watch: Watch, tracking: Tracking, nudge: dict, enough, limit: int):
        super().__init__()
        self.watch, self.tracking = watch, tracking
        self.nudge, self.enough, self.limit = nudge, enough, limit
        self.hold = Holding(watch, (), "", "")
        self.names = Names(watch, torch)
        self.ahead = Ahead(watch.places)
        self.holdings = Holdings(watch, torch, self.source, self.names.of)
        self.sampling = ""
        self.running = False
        self.mode_sites: list[int] = []
        self.unstepped = 0
        self._shifted: set[int] = set()
        self.rebuilt = Rebuilt()
        self.summands = Summands(watch)
        watch.name_sources = self.names.resolve
        watch.is_tensor = lambda value: isinstance(value, torch.Tensor)
        other_facts = watch.facts_of
        watch.facts_of = lambda v: (
            ("tensor", str(v.dtype).removeprefix("torch."), tuple(v.shape)) if isinstance(v, torch.Tensor) else other_facts(v)
        )
        self._ops: dict = {}

    # -- every call -------------------------------------------------------------------------------

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        op = self._ops.get(func) or self._name(func)
        watch = self.watch
        if op == "torch.Tensor.grad":
            return self._grad_read(func, args, kwargs)
        if op in ("torch._C._set_grad_enabled", "torch._set_grad_enabled"):
            return func(*args, **kwargs)
        short = op.rsplit(".", 1)[-1]
        if short in NO_DATA or watch.mute or in_transform():
            if short == "register_hook" and not watch.mute:
                args = self._hooked(args) or args
            try:
                out = func(*args, **kwargs)
            except RuntimeError as error:
                if short in HOOKS and not watch.mute:
                    self._failed(op, list(self._carriers(args[:1])), error)
                raise
            if short in MAKERS and not watch.mute and not in_transform():
                self.source(out, op, watch.places.here())
            elif short in SPELLED and not watch.mute:
                watch.spelled = out, args[0]
            return out
        watch.clock += 1
        inputs, before = self._before(args, kwargs) or ([], (False, True, False))
        real_args, real_kwargs = bare(args), bare(kwargs)
        try:
            out = func(*real_args, **real_kwargs)
        except Exception as error:
            self._failed(op, inputs, error)
            raise
        try:
            if self.hold.places:
                out = self.hold(op, watch.places.here(), out)
            return self._flows(op, short, args, kwargs, inputs, before, out)
        except Exception as error:
            watch.internal(op, error)
            return out

    @guarded
    def _before(self, args, kwargs):
        """What comes in, and the state of autograd, before a call."""
        inputs = list(self._carriers((*args, *kwargs.values())))
        if self.nudge:
            self._nudge(inputs)
        return inputs, self._state(args, inputs)

    @guarded
    def _hooked(self, args) -> tuple:
        return gradient_hooks.on_tensor(self, args)

    def _name(self, func) -> str:
        owner = getattr(func, "__self__", None)
        name = getattr(func, "__name__", str(func))
        if name in ("__get__", "__set__", "__delete__") and owner is not None:
            op = f"torch.Tensor.{getattr(owner, '__name__', 'attribute')}" + ("" if name == "__get__" else f".{name}")
        elif getattr(func, "__objclass__", None) is not None or getattr(func, "__qualname__", "").startswith(("Tensor.", "TensorBase.")):
            op = f"torch.Tensor.{name}"
        elif (getattr(func, "__module__", None) or "").startswith("torch.") and not func.__module__.startswith("torch._C"):
            op = f"{func.__module__}.{name}"
        else:
            op = f"torch.{name}"
        op = op.replace("torch.functional.", "torch.").replace("torch._tensor.", "torch.Tensor.")
        self._ops[func] = op
        return op

    def _carriers(self, values):
        """Tensors and tracked values among the arguments."""
        for value in flat(values):
            if isinstance(value, torch.Tensor):
                if self.watch.ledger.get(value) is None:
                    self._arrived(value)
                yield value
            elif self.watch.lineage(value) is not None and self.watch.lineage(value).data:
                yield value

    def _arrived(self, tensor) -> None:
        """An unknown tensor is a source, unless its graph tells whose data it holds (``vmap`` is not looked into)."""
        data, cuts, _ = self.watch.merged([leaf for leaf in leaves(tensor) if self.watch.ledger.get(leaf) is not None])
        if data:
            self.watch.ledger.put(tensor, Lineage(data, cuts, self.watch.places.here()))
        else:
            self.source(tensor, "torch.Tensor", -1)

    def source(self, tensor, op: str, site: int, data: int = 0, cuts: int = 0) -> Lineage:
        """A tensor enters the computation here, perhaps with other sources' (lost) data in it."""
        watch = self.watch
        index = len(watch.sources)
        watch.sources.append(
            Source(
                site=site if site >= 0 else watch.places.here(),
                op=op,
                dtype=str(tensor.dtype).removeprefix("torch."),
                shape=tuple(tensor.shape),
                floating=tensor.is_floating_point() or tensor.is_complex(),
                requires_grad=tensor.requires_grad,
                parameter=isinstance(tensor, torch.nn.Parameter),
                alive=weakref.ref(tensor),
                born=tuple(bits(cuts)),
            )
        )
        lineage = Lineage(1 << index | data, cuts, site, source=index)
        watch.ledger.put(tensor, lineage)
        return lineage

    def _state(self, args, inputs) -> tuple:
        live = any(isinstance(v, torch.Tensor) and v.requires_grad for v in inputs)
        return live, torch.is_grad_enabled(), args[0].requires_grad if args and isinstance(args[0], torch.Tensor) else False

    # -- what a call does to the lineage ----------------------------------------------------------

    def _flows(self, op, short, args, kwargs, inputs, before, out):
        watch = self.watch
        site = watch.places.here()
        live, grad_mode, _ = before
        if op == "torch.Tensor.requires_grad_" or op == "torch.Tensor.requires_grad.__set__":
            self._relabelled(op, args, kwargs, site)
            return out
        if op.endswith((".__set__", ".__delete__")):
            self._assigned(op, args, site)
            return out
        if short == "detach_":
            return self._detached(op, args[0], site, out)
        self.summands.look(short, inputs, site)
        if is_inplace(short):
            return self._written(op, args, inputs, site, grad_mode, out)
        results = list(results_of(out))
        if not results:
            return out
        if self.nudge:
            self._nudge_made(site, results)
        if kwargs.get("inplace") is True and inputs and any(result is inputs[0] for result in results):
            self._overwritten(op, inputs[0], site)
        data, cuts, sites = watch.merged(inputs)
        if not inputs or not data:
            for result in results:
                if isinstance(result, torch.Tensor) and watch.ledger.get(result) is None:
                    self.source(result, op, site)
            return out
        self._used(op, inputs)
        always = op in CUTTERS or op in FROM_ITEMS and bool(args) and not isinstance(args[0], torch.Tensor)
        tags = {}
        for result in results:
            bit = self._cut_bit(op, always, result, inputs, cuts, site, live, grad_mode)
            tags[id(result)] = self._inherits(op, result, inputs, data, cuts | bit, site)
        tagged = rebuilt(out, tags)
        if cuts or any(t is not r for t, r in zip(results_of(tagged), results)):
            watch.step(site, watch.label or op, [*args, *kwargs.values()], list(results_of(tagged)), sites)
        elif any(watch.lineage(r) is not None and watch.lineage(r).cuts for r in results):
            watch.step(site, watch.label or op, [*args, *kwargs.values()], results, sites)
        return out if short in EXACT else tagged

    def _detached(self, op, tensor, site, out):
        """``t.detach_()`` cuts a tensor off from its own history."""
        held = self.watch.lineage(tensor)
        if held is not None and held.source < 0:
            bit = self.watch.cut(site, op, held.data, held.cuts, True)
            self.watch.ledger.put(tensor, Lineage(held.data, held.cuts | bit, site))
            self.watch.step(site, op, [tensor], [tensor], {held.site})
        return out

    def _inherits(self, op, result, inputs, data, cuts, site):
        watch = self.watch
        alias = -1
        if op in ALIASING:
            alias = watch.source_of(inputs[0])
            if alias < 0:
                alias = watch.lineage(inputs[0]).alias
        if isinstance(result, torch.Tensor):
            if any(result is value for value in inputs):
                return result
            if result.requires_grad and result.is_leaf:
                self.source(result, op, site, data, cuts)
            else:
                watch.ledger.put(result, Lineage(data, cuts, site, alias))
            return result
        return self.tracking.tag(result, Lineage(data, cuts, site, alias))

    def _cut_bit(self, op, always, result, inputs, cuts, site, live, grad_mode) -> int:
        watch = self.watch
        tensor = isinstance(result, torch.Tensor)
        if tensor and result.requires_grad and not always:
            if op.rsplit(".", 1)[-1] in ROUNDING:
                return watch.cut(site, op, _data_of(watch, inputs), cuts, live, soft=True)
            if grad_mode or result.grad_fn is not None or not live or any(result is value for value in inputs):
                return 0
            # A view made while gradients are off asks for one and passes none on.
            return watch.cut(site, self.sampling or "torch.no_grad", _data_of(watch, inputs), cuts, live, tuple(self.mode_sites))
        name = watch.label or op
        floating = [v for v in inputs if isinstance(v, torch.Tensor) and v.is_floating_point()]
        tensors = [v for v in inputs if isinstance(v, torch.Tensor)]
        if always or not tensor:
            if tensors or any(True for _ in inputs):
                bit = watch.cut(site, name, _data_of(watch, inputs), cuts, live)
                if op in REBUILDING:
                    self.rebuilt.note(bit, tensors)
                return bit
            return 0
        whole = not (result.is_floating_point() or result.is_complex())
        if whole:
            return watch.cut(site, name, _data_of(watch, floating), cuts, live) if floating else 0
        if not grad_mode:
            return watch.cut(site, self.sampling or "torch.no_grad", _data_of(watch, inputs), cuts, live, tuple(self.mode_sites))
        if live:
            return watch.cut(site, name, _data_of(watch, [v for v in tensors if v.requires_grad]), cuts, True)
        return 0

    def _used(self, op, inputs) -> None:
        """Keep the moment of each source's first real use before the first root."""
        watch = self.watch
        if op in NOT_A_USE or watch.roots:
            return
        for value in inputs:
            index = self._memory_of(value)
            if index >= 0 and watch.sources[index].use < 0:
                source = watch.sources[index]
                source.use = watch.clock
                if source.floating:
                    source.scale = _size(value)

    def _written(self, op, args, inputs, site, grad_mode, out):
        """An in-place operation: its first operand takes the others' data in."""
        watch = self.watch
        target = args[0] if args else inputs[0] if inputs else None
        if target is None:
            return out
        own = watch.lineage(target)
        index = watch.source_of(target)
        if index < 0 and own is not None and own.alias >= 0:
            index = own.alias
        others = [v for v in inputs if v is not target]
        if op in CLEARING:
            self._cleared(target, site)
        if index < 0:
            self._overwritten(op, target, site)
        if index >= 0:
            watch.sources[index].use = -1 if not watch.roots else watch.sources[index].use
            if watch.sources[index].requires_grad or own is not None and own.alias >= 0:
                return out
        data, cuts, sites = watch.merged(others)
        if data and own is not None:
            bit = 0
            if isinstance(target, torch.Tensor) and not target.requires_grad:
                bit = self._cut_bit(op, False, target, others, cuts, site, any(is_live(v) for v in others), grad_mode)
            lineage = Lineage(own.data | data, own.cuts | cuts | bit, site, own.alias)
            watch.ledger.put(target, lineage)
            if lineage.cuts:
                watch.step(site, op, list(args), [target], sites | {own.site})
        return out

    def _overwritten(self, op: str, target, site: int) -> None:
        """Note that a value in the graph is overwritten: backward may need it."""
        own = self.watch.lineage(target)
        if own is not None and is_live(target) and len(self.watch.notes) < 500:
            shape = list(target.shape)
            self.watch.notes.append({"what": "inplace", "site": site, "op": op, "data": bits(own.data), "shape": shape})

    def _cleared(self, tensor, site) -> None:
        """A tensor is set to zero: where it is the gradient of a source, that gradient is gone."""
        for source in self.watch.sources if self.watch.roots else ():
            owner = source.alive()
            with torch._C.DisableTorchFunction():
                if owner is not None and owner.is_leaf and owner.grad is tensor:
                    source.zeroed = site
                    return

    def _relabelled(self, op, args, kwargs, site) -> None:
        """``requires_grad`` switched on or off by hand."""
        watch, tensor = self.watch, args[0]
        on = bool(args[1]) if len(args) > 1 else bool(kwargs.get("requires_grad", True))
        lineage = watch.ledger.get(tensor) or self.source(tensor, "torch.Tensor", site)
        index = watch.source_of(tensor)
        if index >= 0:
            if on and not watch.sources[index].requires_grad and watch.sources[index].parameter:
                watch.notes.append({"what": "thawed", "site": site, "source": index})
            elif on and not watch.sources[index].requires_grad and watch.sources[index].use >= 0:
                watch.notes.append({"what": "late", "site": site, "source": index})
            watch.sources[index].requires_grad = on
        elif on and tensor.is_leaf:
            bit = watch.cut(site, "torch.Tensor.requires_grad_", lineage.data, lineage.cuts, False)
            self.source(tensor, "torch.Tensor.requires_grad_", lineage.site, lineage.data, lineage.cuts | bit)
        if not on:
            watch.notes.append({"what": "frozen", "site": site, "source": index})

    def _assigned(self, op, args, site) -> None:
        watch = self.watch
        if op.startswith("torch.Tensor.grad."):
            index = watch.source_of(args[0])
            if index >= 0 and len(args) > 1 and args[1] is not None:
                watch.notes.append({"what": "given", "source": index, "site": site})
            elif index >= 0 and watch.roots:
                watch.sources[index].zeroed = site
        elif op == "torch.Tensor.data.__set__" and watch.source_of(args[0]) >= 0 and not watch.roots:
            watch.sources[watch.source_of(args[0])].use = -1

    # -- failures, reads, roots -------------------------------------------------------------------

    @guarded
    def _failed(self, op, inputs, error) -> None:
        self.watch.failed(op, inputs, error)

    def _grad_read(self, func, args, kwargs):
        grad = func(*args, **kwargs)
        if not self.watch.mute and self.watch.places.is_users(sys._getframe(2).f_code.co_filename):
            self.want("read", args[0], grad, self.watch.places.here())
        return grad

    @guarded
    def want(self, how: str, tensor, grad, site: int, group: str = "") -> None:
        """The program asks for this tensor's gradient, and gets ``grad``."""
        watch = self.watch
        lineage = watch.ledger.get(tensor) or self.source(tensor, "torch.Tensor", -1)
        if len(watch.wants) >= 2000:
            return
        watch.wants.append(
            {
                "how": how,
                "site": site,
                "source": watch.source_of(tensor),
                "name": self.names.of(tensor) or group,
                "leaf": tensor.is_leaf,
                "requires_grad": tensor.requires_grad,
                "parameter": isinstance(tensor, torch.nn.Parameter),
                "data": bits(lineage.data),
                "cuts": bits(lineage.cuts),
                "made": lineage.site,
                "grad": sketch(torch, grad, self.names.of(tensor) or group),
                "root": len(watch.roots) - 1,
            }
        )

    def orphaned(self, tensor, site: int) -> None:
        """An optimizer holds a tensor whose name the program has given to another one since."""
        index = self.watch.source_of(tensor)
        if index < 0 or not self.watch.roots:
            return
        heir = self.names.heir(self.watch.sources[index].name, tensor)
        lineage = None if heir is None else self.watch.ledger.get(heir)
        if lineage is not None and lineage.data >> index & 1:
            self.watch.notes.append(
                {"what": "orphaned", "site": site, "source": index, "made": lineage.site, "name": self.watch.sources[index].name}
            )

    def refused(self, site: int) -> None:
        """An optimizer was not made: what do the modules hold that it did not get?"""
        self.holdings.look()
        self.names.resolve(sum(1 << index for index, source in enumerate(self.watch.sources) if source.parameter))

    def root(self, how: str, tensors, gradients, run):
        """A differentiation: note the root, run it, note what came back to each source."""
        if self._seen_enough(how):
            self.enough()
        opened = self._opened(how, tensors, gradients)
        self.running = True  # what a Function's own backward differentiates is not the program's root
        try:
            return run()
        except Exception as error:
            if opened:
                opened[0]["error"] = f"{type(error).__name__}: {error}"[:300]
            raise
        finally:
            self.running = False
            if opened:
                opened[0]["gradients"] = self._came_back(*opened[1:]) or {}

    @guarded
    def _opened(self, how: str, tensors, gradients):
        """The root's entry in the record, its data, and the gradients that its leaves hold already."""
        watch = self.watch
        tensors = [t for t in flat(tensors) if isinstance(t, torch.Tensor)]
        for tensor in tensors:
            if watch.ledger.get(tensor) is None:
                self.source(tensor, "torch.Tensor", -1)
        data, cuts, sites = watch.merged(tensors)
        entry = {
            "site": watch.places.here(),
            "how": how,
            "value": _value(tensors, gradients),
            "data": bits(data),
            "cuts": bits(cuts),
            "made": sorted(sites),
            "requires_grad": any(t.requires_grad for t in tensors),
            "error": "",
            "gradients": {},
            "printed": watch.printed(),
            "rebuilt": self.rebuilt.lost(tensors, cuts),
        }
        watch.add_root(entry)
        self.holdings.look()
        self.names.resolve(data)
        if not entry["requires_grad"]:
            self._bystanders(data)
        return entry, data, self._gradients(data)

    def _bystanders(self, data: int) -> None:
        """The root has no graph: note what the program names that was computed from the root's sources alone."""
        for name, tensor in self.names.plain():
            lineage = self.watch.ledger.get(tensor)
            if lineage is None or lineage.source >= 0 or not lineage.data or lineage.data & ~data or tensor.requires_grad:
                continue
            note = {"what": "untracked", "name": name, "made": lineage.site, "data": bits(lineage.data)}
            if tensor.is_floating_point() and note not in self.watch.notes:
                self.watch.notes.append(note)

    def _seen_enough(self, how: str) -> bool:
        """At the start of one backward pass more than the limit at one place; inner derivatives count for little."""
        here = self.watch.places.here()
        counts = Counter(root["how"] for root in self.watch.roots if root["how"] != "backward" or root["site"] == here)
        if how == "backward":
            patience = self.limit if self.unstepped <= 0 else PATIENCE * self.limit
            more = self.ahead.worthwhile(self.watch.roots, counts["backward"], patience)
            return counts["backward"] >= patience and not more
        return how == "grad" and counts["grad"] >= 12 * self.limit

    def _gradients(self, data) -> dict:
        held = {}
        with torch._C.DisableTorchFunction():
            for index in bits(data):
                tensor = self.watch.sources[index].alive()
                if tensor is not None and tensor.requires_grad and tensor.is_leaf and tensor.grad is not None:
                    held[index] = tensor.grad.detach().clone()
        return held

    @guarded
    def _came_back(self, data, earlier) -> dict:
        back = {}
        with torch._C.DisableTorchFunction(), torch.no_grad():
            for index in bits(data):
                source = self.watch.sources[index]
                tensor = source.alive()
                if tensor is not None and tensor.requires_grad and tensor.is_leaf and tensor.grad is not None:
                    grad = tensor.grad.detach()
                    if index in earlier:
                        grad = grad - earlier[index]
                    back[index] = sketch(torch, grad, source.name)
        return back

    def _nudge(self, inputs) -> None:
        """Shift sources at their first use, for a finite difference."""
        for value in inputs:
            index = self._memory_of(value)
            push = self.nudge.get(index) if index >= 0 else None
            if push is not None and push["use"] == self.watch.clock and index not in self._shifted:
                self._shifted.add(index)
                _shift(value, push)

    def _memory_of(self, value) -> int:
        """The source whose memory this tensor is, also as a detached alias, or -1."""
        lineage = self.watch.ledger.get(value) if isinstance(value, torch.Tensor) else None
        return -1 if lineage is None else max(lineage.source, lineage.alias)

    def _nudge_made(self, site: int, results) -> None:
        """Shift a value right where it is made, the first time."""
        push = self.nudge.get(-1 - site) if site >= 0 else None
        if push is not None and -1 - site not in self._shifted:
            self._shifted.add(-1 - site)
            for value in results:
                if isinstance(value, torch.Tensor):
                    _shift(value, push)


def _shift(tensor, push: dict) -> None:
    with torch._C.DisableTorchFunction(), torch.no_grad():
        along = direction(torch, tensor, push["name"], push["number"])
        tensor.data.add_((along * push["step"]).to(tensor.dtype))


def _size(tensor) -> float:
    """The mean magnitude of a tensor's elements, 1.0 where it cannot be told."""
    with torch._C.DisableTorchFunction(), torch.no_grad():
        try:
            return float(tensor.detach().abs().double().mean()) if tensor.numel() else 1.0
        except RuntimeError:
            return 1.0


def _data_of(watch, values) -> int:
    return watch.merged(values)[0]


def _value(tensors, gradients):
    """The number that is differentiated: the sum of the roots, weighted as the program weights them."""
    with torch._C.DisableTorchFunction(), torch.no_grad():
        try:
            total = 0.0
            weights = [g for g in flat(gradients)] if gradients is not None else [None] * len(tensors)
            for tensor, weight in zip(tensors, weights):
                value = tensor.detach().double()
                total += float((value if weight is None else value * weight.detach().double()).sum())
            return total
        except Exception:
            return None
