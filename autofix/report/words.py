"""The sentences that all reports share."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence

from autofix.model import FileResult, Finding, Outcome, Row, Span, Target, Verdict

TOLD_APART = 0.5
"""Where a gradient could be wrong by more than this and no check would show it, it was not checked."""
MOST_NAMES = 3
"""Targets named in a sentence; the proof's table and the JSON have them all."""


def message(finding: Finding) -> str:
    """What is wrong, in one sentence."""
    where = finding.break_
    if where.reason:
        return where.reason
    names = named(where.targets)
    what = "a part of the gradient of" if where.partial else "the gradient of"
    return f"`{brief(where.expression or where.op)}` stops {what} {names}"


def road(finding: Finding, texts: dict[str, list[str]], arrow: str = "→", dots: str = "…") -> str:
    """Where the data goes: from the starved targets through the break to the loss. ``texts``: lines by path."""
    where = finding.break_
    names = ", ".join(target.name for target in where.targets[:MOST_NAMES]) or "?"
    if len(where.targets) > MOST_NAMES:
        names += f", {dots}"
    stops = [f"{brief(where.expression or where.op, dots=dots)} (line {where.span.line})"]
    spans = dict.fromkeys(step.span for step in where.steps if step.on_path and step.own)
    for span in spans:
        inner = any(other != span and other.contains(span) for other in spans)
        if not inner and not where.span.contains(span) and _spelled(span, texts):
            stops.append(f"{brief(_spelled(span, texts), 32, dots)} (line {span.line})")
    if len(stops) > 5:
        stops[3:-1] = [dots]
    return f" {arrow} ".join((names, *stops, "the loss"))


def _spelled(span: Span, texts: dict[str, list[str]]) -> str:
    lines = texts.get(span.path, [])[span.line - 1 : span.end_line]
    if not lines or span.line > span.end_line:
        return ""
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "\n".join(lines)


def brief(text: str, width: int = 60, dots: str = "…") -> str:
    """On one line, and not too long."""
    flat = re.sub(r"\s+", " ", text).strip()
    return flat if len(flat) <= width else flat[: width - len(dots)] + dots


def named(targets: Sequence[Target]) -> str:
    """The first few by name, in backquotes."""
    words = [f"`{target.name}`" for target in targets[:MOST_NAMES]]
    if len(targets) > MOST_NAMES:
        words.append(count(len(targets) - MOST_NAMES, "other"))
    return listed(words) or "a target"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def shown(path: str, root: str | os.PathLike[str]) -> str:
    """The path from ``root``, or absolute where it is not below."""
    relative = os.path.relpath(path, root)
    return path if relative.startswith("..") else relative


def proved(result: FileResult, finding: Finding) -> bool:
    """Whether this finding's own fix is among those that the run proved."""
    verdict = result.verdict
    return verdict is not None and verdict.outcome == Outcome.PROVED and finding.fix in result.fixes


def verdict_on(result: FileResult, finding: Finding) -> Verdict | None:
    """What the run says on this finding's fix. None: nothing ("proved" speaks of the fixes in the patch only)."""
    verdict = result.verdict
    if finding.fix is None or verdict is None:
        return None
    return None if verdict.outcome == Outcome.PROVED and finding.fix not in result.fixes else verdict


def derivative(row: Row) -> str:
    """``agrees to 0.3 %``: a larger error of this gradient would have shown."""
    if row.within is None:
        return row.derivative
    if row.within > TOLD_APART:
        return "too small to tell"
    percent = max(100 * row.within, 0.01)
    return f"{row.derivative} to {percent:.0f} %" if percent >= 10 else f"{row.derivative} to {percent:.1g} %"


def proof(verdict: Verdict) -> dict:
    """A verdict as the machine-readable reports carry it."""
    return {
        "outcome": str(verdict.outcome),
        "reason": verdict.reason,
        "derivative": verdict.derivative,
        "loss_before": verdict.loss_before,
        "loss_after": verdict.loss_after,
        "targets": [
            {
                "target": row.target,
                "before": row.before,
                "after": row.after,
                "derivative": row.derivative,
                "within": row.within if row.within is not None and math.isfinite(row.within) else None,
            }
            for row in verdict.rows
        ],
    }
