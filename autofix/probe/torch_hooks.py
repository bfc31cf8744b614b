"""What no function mode sees: differentiations, optimizers, parameters, constructors, custom functions, modes."""

from __future__ import annotations

import weakref

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.checkpoint import CheckpointFunction

from autofix.probe import gradient_hooks
from autofix.probe.holdings import hook as hook_holdings
from autofix.probe.lineage import Lineage, bits
from autofix.probe.sketch import sketch
from autofix.probe.torch_ops import FLAG, flat, is_live, results_of
from autofix.probe.torch_probe import TorchProbe, in_transform
from autofix.probe.tracked import bare
from autofix.probe.watch import Watch


def install(probe: TorchProbe, blind: dict) -> None:
    """Hook the differentiations, optimizers, parameters and custom functions, for this process only."""
    _hook_differentiation(probe)
    _hook_optimizers(probe)
    _hook_parameters(probe)
    _hook_constructors(probe, blind)
    _hook_functions(probe)
    _hook_modes(probe)
    _hook_samplers(probe)
    gradient_hooks.on_modules(probe)
    torch.compile = _not_compiled
    torch.jit._state.disable()
    probe.__enter__()


def _not_compiled(model=None, **options):
    """``torch.compile`` keeps the meaning; under the probe the program runs eagerly."""
    return model if model is not None else lambda function: function


def _hook_differentiation(probe: TorchProbe) -> None:
    watch = probe.watch
    backward, grad = torch.autograd.backward, torch.autograd.grad

    def probed_backward(tensors, grad_tensors=None, *args, **kwargs):
        def run():
            return backward(tensors, grad_tensors, *args, **kwargs)

        return run() if watch.mute or probe.running else probe.root("backward", tensors, grad_tensors, run)

    def probed_grad(outputs, inputs, grad_outputs=None, *args, **kwargs):
        inputs = inputs if isinstance(inputs, torch.Tensor) else tuple(inputs)

        def run():
            return grad(outputs, inputs, grad_outputs, *args, **kwargs)

        if watch.mute or probe.running or in_transform():
            return run()
        site = watch.places.here()
        graph = bool(args[1] if len(args) > 1 else kwargs.get("create_graph", False))
        try:
            results = probe.root("grad" if not graph else "inner", outputs, grad_outputs, run)
        except Exception:
            for tensor in flat(inputs):
                probe.want("autograd.grad", tensor, None, site)
            raise
        roots = [t for t in flat(outputs) if isinstance(t, torch.Tensor)]
        data, cuts, _ = watch.merged([*roots, *flat(inputs)])
        gradients = watch.roots[-1]["gradients"]
        for tensor, result in zip(flat(inputs), flat(results)):
            if watch.source_of(tensor) >= 0:
                gradients[watch.source_of(tensor)] = sketch(torch, result, probe.names.of(tensor))
            probe.want("autograd.grad", tensor, result, site)
            if result is not None:
                bit = 0 if graph or result.requires_grad else watch.cut(site, "torch.autograd.grad", data, cuts, True)
                watch.ledger.put(result, Lineage(data, cuts | bit, site))
        return results

    torch.autograd.backward = _named(probed_backward, backward)
    torch.autograd.grad = _named(probed_grad, grad)


def _named(wrapper, original):
    wrapper.__name__, wrapper.__qualname__, wrapper.__doc__ = original.__name__, original.__qualname__, original.__doc__
    wrapper.__module__ = original.__module__
    return wrapper


def _hook_optimizers(probe: TorchProbe) -> None:
    watch = probe.watch
    add, zero = torch.optim.Optimizer.add_param_group, torch.optim.Optimizer.zero_grad

    stepped: set[int] = set()

    def add_param_group(self, group):
        probe.unstepped += not getattr(self, "param_groups", None)
        try:
            add(self, group)
        except Exception as error:
            given = group["params"] if isinstance(group, dict) else []
            given = [given] if isinstance(given, torch.Tensor) else list(given)
            for tensor in given:
                if isinstance(tensor, torch.Tensor) and not tensor.is_leaf:
                    probe.want("optimizer", tensor, None, watch.places.here())
            watch.notes.append({"what": "refused", "site": watch.places.here(), "message": str(error)[:200]})
            raise
        watch.notes.append(
            {
                "what": "group",
                "site": watch.places.here(),
                "group": f"{id(self)}/{len(self.param_groups)}",
                "count": len(self.param_groups[-1]["params"]),
                "known": len(watch.sources),
            }
        )
        held = self.param_groups[-1]["params"]
        lineages = [watch.ledger.get(tensor) or probe.source(tensor, "torch.Tensor", -1) for tensor in held]
        probe.names.resolve(sum({1 << lineage.source for lineage in lineages if lineage.source >= 0}))
        for tensor, lineage in zip(held, lineages):
            watch.notes.append(
                {
                    "what": "optimizer",
                    "site": watch.places.here(),
                    "source": lineage.source,
                    "name": probe.names.of(tensor),
                    "requires_grad": tensor.requires_grad,
                    "leaf": tensor.is_leaf,
                    "made": lineage.site,
                    "data": bits(lineage.data),
                    "cuts": bits(lineage.cuts),
                    "group": f"{id(self)}/{len(self.param_groups)}",
                }
            )

    def zero_grad(self, *args, **kwargs):
        site = watch.places.here()
        for group in self.param_groups:
            for tensor in group["params"]:
                index = watch.source_of(tensor)
                if index >= 0 and watch.roots and _has_gradient(tensor):
                    watch.sources[index].zeroed = site
        return _muted(watch, zero, self, *args, **kwargs)

    def before_step(optimizer, args, kwargs):
        if id(optimizer) not in stepped:
            stepped.add(id(optimizer))
            probe.unstepped -= 1
            watch.notes.append({"what": "stepped", "site": watch.places.here(), "optimizer": str(id(optimizer))})
        site = watch.places.here()
        for number, group in enumerate(optimizer.param_groups):
            for place, tensor in enumerate(group["params"]):
                probe.orphaned(tensor, site)
                probe.want("optimizer", tensor, tensor.grad, site, f"group {number}, parameter {place}")

    make = torch.optim.Optimizer.__init__

    def __init__(self, *args, **kwargs):
        try:
            make(self, *args, **kwargs)
        except ValueError as error:
            watch.notes.append({"what": "refused", "site": watch.places.here(), "message": str(error)[:200]})
            probe.refused(watch.places.here())
            raise

    torch.optim.Optimizer.__init__ = _named(__init__, make)
    torch.optim.Optimizer.add_param_group = _named(add_param_group, add)
    torch.optim.Optimizer.zero_grad = _named(zero_grad, zero)
    register_optimizer_step_pre_hook(before_step)


def _has_gradient(tensor) -> bool:
    """Whether there is something to clear."""
    with torch._C.DisableTorchFunction(), torch.no_grad():
        try:
            return tensor.grad is not None and bool(tensor.grad.count_nonzero())
        except (RuntimeError, NotImplementedError):  # a layout that cannot count
            return True


def _muted(watch: Watch, function, *args, **kwargs):
    mute, watch.mute = watch.mute, True
    try:
        return function(*args, **kwargs)
    finally:
        watch.mute = mute


def _hook_parameters(probe: TorchProbe) -> None:
    """``nn.Parameter(t)`` makes a new leaf of ``t``'s data: where ``t`` had a graph, it ends here."""
    watch = probe.watch
    make = torch.Tensor._make_subclass

    def make_subclass(cls, data, *args, **kwargs):
        out = make(cls, data, *args, **kwargs)
        if watch.mute or not isinstance(data, torch.Tensor):
            return out
        held = watch.ledger.get(data)
        site = watch.places.here()
        if held is not None and (data.requires_grad or held.cuts):
            bit = watch.cut(site, "torch.nn.Parameter", held.data, held.cuts, data.requires_grad)
            probe.source(out, "torch.nn.Parameter", site, held.data, held.cuts | bit)
        else:
            probe.source(out, "torch.nn.Parameter", site)
        return out

    torch.Tensor._make_subclass = staticmethod(make_subclass)
    assign = torch.nn.Module.__setattr__

    def setattr_(self, name, value):
        if value is True and FLAG.match(name):
            held = [watch.source_of(parameter) for parameter in self.parameters()]
            watch.notes.append({"what": "module-flag", "site": watch.places.here(), "sources": [i for i in held if i >= 0]})
        assign(self, name, value)

    torch.nn.Module.__setattr__ = _named(setattr_, assign)
    hook_holdings(probe.holdings)


def _hook_constructors(probe: TorchProbe, blind: dict) -> None:
    """Constructors that no function mode sees; ``blind`` maps them to what is called in their place."""

    def seen(function, op):
        def construct(*args, **kwargs):
            if probe.watch.mute:
                return function(*args, **kwargs)
            inputs = list(probe._carriers((*args, *kwargs.values())))
            before = probe._state(args, inputs)
            out = function(*bare(args), **bare(kwargs))
            return probe._flows(op, "construct", args, kwargs, inputs, before, out)

        return construct

    torch.from_numpy = _named(seen(torch.from_numpy, "torch.from_numpy"), torch.from_numpy)
    for name in "Tensor FloatTensor DoubleTensor HalfTensor LongTensor IntTensor".split():
        blind[getattr(torch, name)] = seen(getattr(torch, name), f"torch.{name}")
    blind[torch.autograd.Variable] = seen(torch.autograd.Variable, "torch.autograd.Variable")


def _hook_functions(probe: TorchProbe) -> None:
    """A custom ``autograd.Function`` is one operation: what it does inside is its own affair."""
    watch = probe.watch
    apply = torch.autograd.Function.apply

    def probed_apply(cls, *args, **kwargs):
        def run():
            return apply.__func__(cls, *bare(args), **bare(kwargs))

        if watch.mute:
            return run()
        if cls is CheckpointFunction:
            return _checkpointed(probe, lambda function: apply.__func__(cls, function, *bare(args[1:])), args)
        inputs = list(probe._carriers((*args, *kwargs.values())))
        watch.clock += 1
        if probe.nudge:
            probe._nudge(inputs)
        probe._used(f"function:{cls.__name__}", inputs)
        out = _muted(watch, run)
        data, cuts, sites = watch.merged(inputs)
        site = watch.places.here()
        live = any(is_live(v) for v in inputs)
        torchs_own = cls.__module__.startswith("torch.nn.")  # what a module's backward hook is run by
        for result in results_of(out):
            if isinstance(result, torch.Tensor) and data:
                bit = 0 if torchs_own else watch.cut(site, f"function:{cls.__name__}", data, cuts, live, soft=result.requires_grad)
                watch.ledger.put(result, Lineage(data, cuts | bit, site))
        return out

    torch.autograd.Function.apply = classmethod(probed_apply)


def _checkpointed(probe: TorchProbe, apply, args):
    """A re-entrant checkpoint: what its function reads counts as its input; without one that requires grad it cuts."""
    watch, made, function = probe.watch, [], args[0]

    def seen(*inner):
        out = function(*inner)
        if not made:
            made.extend(result for result in results_of(out) if isinstance(result, torch.Tensor))
        return out

    earlier = watch.merged(list(probe._carriers(args[1:])))[1]
    site = watch.places.here()
    out = apply(seen)
    data = watch.merged(made)[0]
    for result in results_of(out):
        if isinstance(result, torch.Tensor):
            lost = not result.requires_grad and torch.is_grad_enabled()
            bit = watch.cut(site, "torch.utils.checkpoint.checkpoint", data, earlier, True) if lost else 0
            watch.ledger.put(result, Lineage(data, earlier | bit, site))
    return out


def _hook_modes(probe: TorchProbe) -> None:
    """Remember where gradient mode was turned off, innermost last; leaving a mode restores what was before."""
    places, sites = probe.watch.places, probe.mode_sites
    held: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
    for kind in (torch.no_grad, torch.enable_grad, torch.inference_mode):
        enter, leave = kind.__enter__, kind.__exit__

        def entered(self, enter=enter):
            before = list(sites)
            result = enter(self)
            held.setdefault(self, []).append(before)
            sites[:] = [] if torch.is_grad_enabled() else [*before, places.here()]
            return result

        def left(self, *error, leave=leave):
            result = leave(self, *error)
            if held.get(self):
                sites[:] = held[self].pop()
            return result

        kind.__enter__, kind.__exit__ = entered, left
    _hook_switch(torch.set_grad_enabled, places, sites, held)


def _hook_samplers(probe: TorchProbe) -> None:
    """``sample`` of a distribution turns gradient mode off by itself: that is its own kind of cut."""

    def seen(draw):
        def sample(self, *args, **kwargs):
            if probe.sampling or not torch.is_grad_enabled():
                return draw(self, *args, **kwargs)
            probe.sampling = f"torch.distributions.{type(self).__name__}.sample"
            try:
                return draw(self, *args, **kwargs)
            finally:
                probe.sampling = ""

        return _named(sample, draw)

    kinds = {kind for kind in vars(torch.distributions).values() if isinstance(kind, type)}
    for kind in kinds:
        if "sample" in vars(kind):
            kind.sample = seen(kind.sample)


def _hook_switch(kind: type, places, sites: list[int], held) -> None:
    """``set_grad_enabled`` switches when it is made: as a call it stays, as a ``with`` or decorator it goes back."""
    make, leave, decorate = kind.__init__, kind.__exit__, kind.__call__

    def made(self, mode):
        held[self] = [list(sites)]
        make(self, mode)
        sites[:] = [] if mode else [*sites, places.here()]

    def restored(self):
        if held.get(self):
            sites[:] = held[self][0]

    def left(self, *error):
        restored(self)
        return leave(self, *error)

    def decorated(self, function):
        restored(self)
        return decorate(self, function)

    kind.__init__, kind.__exit__, kind.__call__ = made, left, decorated
