"""Where in a text something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

CALLS = re.compile(r"\.backward\s*\(|\bautograd\.grad\s*\(|\.(?:gradient|jacobian|batch_jacobian)\s*\(")
"""Differentiations that the source announces."""


def announced(path: str, text: str) -> Iterator[tuple[str, int]]:
    """Where a file differentiates."""
    return ((path, line) for line in lines(CALLS, text))


def lines(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """The lines of the pattern's matches, in order."""
    line, at = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield line
