"""Whether anything that was seen speaks for a lost gradient: most programs show nothing, and go no further."""

from __future__ import annotations

from autofix.find.flow.machine import Machine, Seen

TELLING = frozenset(["refused", "orphaned", "module-flag", "frozen"])
OF_TAPES = frozenset(["tape", "reused tape", "watched array", "asked number", "part cut", "part before", "nothing asked"])
HALF = ("torch.distributions.", "torch.autograd.grad")


def speaks(m: Machine, seen: Seen) -> bool:
    """Whether it is worth the while to look for causes; of a function that was followed alone only failures say something."""
    return fails(seen) or _asks_in_vain(seen) or not m.alone and (m.uncalled or _starves(m, seen))


def _asks_in_vain(seen: Seen) -> bool:
    """Whether a tape has nothing to give, or Keras does not know of a weight."""
    if any(note["what"] in OF_TAPES for note in seen.notes):
        return True
    if not any(root.get("tape") for root in seen.roots):
        return False
    return any(s["owner"].startswith("keras:") for s in seen.sources) or seen.end is not None and seen.end.kind == "RuntimeError"


def fails(seen: Seen) -> bool:
    """Whether a backward pass, or what leads to it, surely raises."""
    return bool(seen.failures) or any(root["error"] and not root["guarded"] for root in seen.roots)


def _starves(machine: Machine, seen: Seen) -> bool:
    """Whether anything speaks for a lost gradient: most programs show nothing, and go no further."""
    if seen.end is not None and seen.end.kind in ("TypeError", "AttributeError") or machine.unstepped or any(note["what"] in TELLING for note in seen.notes):
        return True
    if any(want["grad"] is None or not want["grad"]["norm"] for want in seen.wants) or any(root["rebuilt"] for root in seen.roots):
        return True
    fed = data = soft = 0
    for root in seen.roots:
        fed, data, soft = fed | root["fed"], data | root["must"], soft | root["cuts"]
    if machine.optimized & ~fed or any(note["what"] == "held" for note in seen.notes) and data & ~fed:
        return True
    held = machine.optimized
    if any(cut["soft"] or cut["op"].startswith(HALF) for i, cut in enumerate(seen.cuts) if soft >> i & 1):
        return True
    if not held:
        return any(data >> i & 1 and not fed >> i & 1 and s["requires_grad"] for i, s in enumerate(seen.sources))
    return any(s["parameter"] and fed >> i & 1 and not held >> i & 1 for i, s in enumerate(seen.sources)) or any(
        data >> i & 1 and not fed >> i & 1 and s["requires_grad"] for i, s in enumerate(seen.sources)
    ) or any(note["what"] == "held" for note in seen.notes)
