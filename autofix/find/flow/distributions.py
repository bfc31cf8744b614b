"""``torch.distributions``."""

from __future__ import annotations

from autofix import effects
from autofix.effects import Effect
from autofix.find.flow import calls, library, tensors
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    NONE,
    Bound,
    Func,
    Inst,
    opaque,
    plain,
)


def call(m: Machine, name: str, args: list, kwargs: dict):
    short = name.rsplit(".", 1)[-1]
    if short == "kl_divergence":
        return tensors.apply(m, name, tensors.carriers(args), short="add")
    if short[:1].isupper():
        made = Inst(None, f"torch.distributions.{short}", m.site())
        for number, value in enumerate((*args, *kwargs.values())):
            made.attrs[f"given{number}"] = value
        return made
    return library.unknown(m, args, kwargs)


def distribution_attribute(m: Machine, value: Inst, name: str):
    short = value.lib.rsplit(".", 1)[-1]
    if name in ("sample", "rsample", "log_prob", "entropy", "cdf", "icdf", "sample_n", "expand", "enumerate_support"):
        return Bound(name, value)
    if name in ("mean", "loc", "scale", "stddev", "variance", "probs", "logits", "rate", "mode"):
        return tensors.apply(m, f"torch.distributions.{name}", tensors.carriers(list(value.attrs.values())), short="add")
    return Bound(name, value) if short else opaque()


def object_method(m: Machine, value: Inst, name: str, args: list, kwargs: dict):
    """A method of an object of a library."""
    if value.lib.startswith("torch.distributions."):
        short = value.lib.rsplit(".", 1)[-1]
        inputs = tensors.carriers(list(value.attrs.values()))
        if name in ("sample", "sample_n"):
            op = {"Categorical": "torch.multinomial", "OneHotCategorical": "torch.multinomial"}.get(short)
            if op and short == "Categorical":
                return tensors.apply(m, op, inputs, Effect.WHOLE)
            discrete = short in effects.DISCRETE
            new = tensors.apply(m, f"torch.distributions.{short}.sample", inputs, Effect.CUTS)
            new.floating = None if discrete else True
            return new
        if name in ("rsample", "log_prob", "entropy", "cdf", "icdf"):
            new = tensors.apply(m, f"torch.distributions.{name}", [*inputs, *tensors.carriers(args)], short="add")
            new.floating = True
            return new
        return m.unknown([value, *args])
    if value.lib == "tqdm.tqdm":
        return plain()
    if value.lib.startswith("torch.mode") or value.lib in ("contextlib.nullcontext", "pytest.raises", "dataclasses.field"):
        return NONE
    calls.call_back(m, [*args, *kwargs.values()])
    return m.unknown([value, *args, *kwargs.values()])


def call_object(m: Machine, value: Inst, args: list, kwargs: dict):
    if value.lib.startswith("torch.mode") and args and type(args[0]) is Func:
        args[0].grad_mode = {"torch.mode.off": False, "torch.mode.on": True}.get(value.lib)
        return args[0]
    return library.unknown(m, [value, *args], kwargs)
