"""What a safe fix may change in a program's output: what the gradient changes, and nothing else."""

from __future__ import annotations

import re

from autofix.observe import Observed
from autofix.prove import output

SPOKE_OF_LOSS = re.compile(r"none|nan|\bno\b|not|missing|false|zero|\b0(\.0*)?\b|dead|lost|fail|error", re.IGNORECASE)
"""Words by which a program says that it has no gradient: such a line may rightly say something else now."""


def otherwise(before: Observed, after: Observed, last: int) -> str | None:
    """Why the patched program's output is not the original's, None where it is.

    Until the root ``last`` is differentiated both must say the same; after it every line must keep its shape.
    """
    roots = before.record.roots
    if not roots:
        if before.record.end.how == "exit" and after.record.end.how == "enough":
            return _lines(before.printed, after.printed, both_ended=False)
        return _before_it_died(before.printed, after.printed, before.wavering)
    head = _head(before, last)
    if not output.same(head, _head(after, last), wavering=before.wavering):
        return "the patched program prints something else before its loss is differentiated"
    if before.record.end.how == "exception" or before.record.failures or any(root.error for root in roots):
        return None
    return _lines(before.printed, after.printed, before.record.end.how == after.record.end.how)


def _head(run: Observed, last: int) -> str:
    """What was printed before a root."""
    roots = run.record.roots
    return run.answer.stdout[: roots[min(last, len(roots) - 1)].printed].decode("utf-8", "replace") if roots else run.printed


def _before_it_died(before: str, after: str, wavering: frozenset[str]) -> str | None:
    """All that a program printed that never reached a root is the beginning of what its patch prints."""
    lines = before.splitlines()
    same = output.same("\n".join(lines), "\n".join(after.splitlines()[: len(lines)]), wavering=wavering)
    return None if same or output.drops_lines(before, after) is None else "the patched program prints something else"


def _lines(before: str, after: str, both_ended: bool) -> str | None:
    old, new = before.splitlines(), after.splitlines()
    if len(old) == len(new):
        for one, other in zip(old, new):
            if output.shapes(one) != output.shapes(other) and not SPOKE_OF_LOSS.search(one):
                return f"the patched program prints a line of its own: {other[:60]}"
        return None
    spoke = [shape for line in old if SPOKE_OF_LOSS.search(line) for shape in output.shapes(line)]
    added = output.adds_lines(before, after, spoke)
    if added is not None:
        return f"the patched program prints a line of its own: {added[:60]}"
    dropped = output.drops_lines(before, after, spoke)
    if dropped is not None and both_ended:
        return f"the patched program no longer prints: {dropped[:60]}"
    return None
