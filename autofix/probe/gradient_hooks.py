"""Hooks that the program puts on gradients: which of them give back nothing but zeros."""

from __future__ import annotations

import torch

from autofix.probe.lineage import bits
from autofix.probe.watch import Watch


def on_tensor(probe, args: tuple) -> tuple:
    """The arguments of ``tensor.register_hook(hook)``, with a hook in its place that is looked at."""
    if len(args) != 2 or not callable(args[1]):
        return args
    watch, tensor = probe.watch, args[0]
    lineage = watch.ledger.get(tensor) or probe.source(tensor, "torch.Tensor", -1)
    note = {"site": watch.places.here(), "source": lineage.source, "data": list(bits(lineage.data))}
    return tensor, _watched(watch, args[1], note)


def on_modules(probe) -> None:
    """Look at what ``module.register_full_backward_hook(hook)`` gives back, too."""
    register = torch.nn.Module.register_full_backward_hook

    def register_full_backward_hook(self, hook, *args, **kwargs):
        note = {"site": probe.watch.places.here(), "source": -1, "data": None}
        return register(self, _watched(probe.watch, hook, note), *args, **kwargs)

    register_full_backward_hook.__doc__ = register.__doc__
    torch.nn.Module.register_full_backward_hook = register_full_backward_hook


def _watched(watch: Watch, hook, note: dict):
    def watched(*args):
        answer = hook(*args)
        try:
            given = [t for t in _flat(answer) if isinstance(t, torch.Tensor)]
            if given and not any(_any(t) for t in given) and len(watch.notes) < 500:
                watch.notes.append({"what": "hooked", **note})
        except Exception as error:
            watch.internal("hook", error)
        return answer

    return watched


def _flat(answer) -> tuple:
    return tuple(answer) if isinstance(answer, (tuple, list)) else (answer,)


def _any(tensor) -> bool:
    with torch._C.DisableTorchFunction(), torch.no_grad():
        return bool(tensor.detach().count_nonzero())
