"""Gradient modes and other context managers."""

from __future__ import annotations

from autofix.find.flow import calls, functions
from autofix.find.flow.machine import Machine
from autofix.find.values import (
    FALSE,
    NONE,
    TRUE,
    Const,
    Datum,
    Either,
    Func,
    Inst,
    Ref,
    plain,
)

MODES_OFF = frozenset(["torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad", "torch.autograd.inference_mode"])
MODES_ON = frozenset(["torch.enable_grad", "torch.autograd.enable_grad", "torch.autograd.grad_mode.enable_grad"])


def nullcontext(m, args, kwargs):
    return Inst(None, "contextlib.nullcontext")


def raises(m, args, kwargs):
    if len(args) > 1:
        calls.call_back(m, args[1:])
    return Inst(None, "pytest.raises")


def mode_off(m, args, kwargs):
    if args and type(args[0]) is Func:
        args[0].grad_mode = False
        return args[0]
    if args and type(args[0]) is Const and args[0].value is False:
        return Inst(None, "torch.mode.on")
    return Inst(None, "torch.mode.off" if not args or type(args[0]) is Const else "torch.mode.unknown")


def inference(m, args, kwargs):
    made = mode_off(m, args, kwargs)
    if type(made) is Inst and made.lib == "torch.mode.off":
        made.attrs["inference"] = TRUE
    return made


def mode_on(m, args, kwargs):
    if args and type(args[0]) is Func:
        args[0].grad_mode = True
        return args[0]
    return Inst(None, "torch.mode.on")


def switched(m, args, kwargs):
    """``torch.set_grad_enabled(x)``: as a call it switches for good, as a context manager until the end of the block."""
    flag = args[0] if args else kwargs.get("mode", NONE)
    known = bool(flag.value) if type(flag) is Const else None
    made = Inst(None, {True: "torch.mode.on", False: "torch.mode.off", None: "torch.mode.unknown"}[known])
    m.set(m, "grad_mode", known)
    m.set(m, "mode_sites", (*m.mode_sites, m.site()) if known is False else ())
    return made


def is_grad_enabled(m, args, kwargs):
    return plain() if m.grad_mode is None else (TRUE if m.grad_mode else FALSE)


def mode_of(m: Machine, manager):
    """The gradient mode that a context manager or decorator sets: True, False, None (either), or ``as is``."""
    if type(manager) is Inst and manager.lib.startswith("torch.mode"):
        return {"torch.mode.off": False, "torch.mode.on": True}.get(manager.lib)
    if type(manager) is Ref and manager.name in MODES_OFF:
        return False
    if type(manager) is Ref and manager.name in MODES_ON:
        return True
    if type(manager) is Inst and manager.lib == "contextlib.manager":
        mode = manager.attrs.get("mode")
        return None if type(mode) is Const and mode.value else "as is"
    if type(manager) is Either:
        modes = {mode_of(m, option) for option in manager.options}
        return modes.pop() if len(modes) == 1 else (None if modes - {"as is"} else "as is")
    if type(manager) is Inst and manager.cls is not None:
        return None if manager.cls.foreign else "as is"
    if type(manager) is Datum and manager.kind == "opaque":
        return None if m.grad_mode is not True else "as is"
    return "as is"


def swallows(manager) -> bool:
    """Whether a context manager catches what is raised inside."""
    name = manager.lib if type(manager) is Inst else (manager.name if type(manager) is Ref else "")
    return name.endswith((".raises", ".suppress", "assertRaises", "assertRaisesRegex", ".warns")) or (
        type(manager) is Datum and manager.kind == "opaque"
    )


def entered(m: Machine, manager):
    """The value of ``with manager as value``."""
    if type(manager) is Datum and manager.kind == "tape":
        from autofix.find.flow import tf_tapes

        tf_tapes.opened(m, manager)
    if type(manager) is Inst and manager.lib == "tensorflow.stop_recording":
        from autofix.find.flow import tf_tapes

        tf_tapes.stopped(m, manager)
    if type(manager) is Inst:
        if manager.lib == "contextlib.manager":
            return manager.attrs["value"]
        if manager.cls is not None:
            enter = manager.cls.find("__enter__")
            if type(enter) is Func:
                return functions.call_function(m, enter, [manager], {})
            return manager if not manager.cls.foreign else m.unknown([manager])
        return manager if manager.lib == "tqdm.tqdm" else plain()
    return manager if type(manager) is Datum else plain()


def left(m: Machine, manager) -> None:
    """The end of the ``with`` block."""
    if type(manager) is Datum and manager.kind == "tape":
        from autofix.find.flow import tf_tapes

        tf_tapes.closed(m, manager)
    if type(manager) is Inst and manager.lib == "tensorflow.stop_recording":
        from autofix.find.flow import tf_tapes

        tf_tapes.opened(m, manager.attrs["tape"])
    if type(manager) is Inst and manager.cls is not None:
        leave = manager.cls.find("__exit__")
        if type(leave) is Func:
            functions.call_function(m, leave, [manager, NONE, NONE, NONE], {})
