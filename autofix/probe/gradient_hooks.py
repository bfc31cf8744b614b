"""Hooks that the program puts on gradients: which of them give back nothing but zeros."""

from __future__ import annotations

import operator

import torch

from autofix.probe.lineage import bits
from autofix.probe.watch import Watch


def on_tensor(probe, args: tuple) -> tuple:
    """The arguments of ``tensor.register_hook(hook)``, with a hook in its place that is looked at."""
    if len(args) != 2 or not callable(args[1]):
        return args
    watch, tensor = probe.watch, args[0]
    lineage = watch.ledger.get(tensor) or probe.source(tensor, "torch.Tensor", -1)
    note = {"site": watch.places.here(), "source": lineage.source, "data": bits(lineage.data)}
    return tensor, Watched(watch, args[1], note)


def on_modules(probe) -> None:
    """Look at what ``module.register_full_backward_hook(hook)`` gives back, too."""
    register = torch.nn.Module.register_full_backward_hook

    def register_full_backward_hook(self, hook, *args, **kwargs):
        note = {"site": probe.watch.places.here(), "source": -1, "data": None}
        return register(self, Watched(probe.watch, hook, note), *args, **kwargs)

    register_full_backward_hook.__doc__ = register.__doc__
    torch.nn.Module.register_full_backward_hook = register_full_backward_hook


class Watched:
    """A hook of the program's, and a look at its answers. Copied or pickled, it is the program's hook alone."""

    def __init__(self, watch: Watch, hook, note: dict):
        self.watch, self.hook, self.note = watch, hook, note

    def __call__(self, *args):
        answer = self.hook(*args)
        try:
            given = [t for t in _flat(answer) if isinstance(t, torch.Tensor)]
            if given and not any(_any(t) for t in given) and len(self.watch.notes) < 500:
                self.watch.notes.append({"what": "hooked", **self.note})
        except Exception as error:
            self.watch.internal("hook", error)
        return answer

    def __reduce__(self):
        return operator.itemgetter(0), ((self.hook,),)


def _flat(answer) -> tuple:
    return tuple(answer) if isinstance(answer, (tuple, list)) else (answer,)


def _any(tensor) -> bool:
    with torch._C.DisableTorchFunction(), torch.no_grad():
        return bool(tensor.detach().count_nonzero())
