"""Where in a text something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator


def lines(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """The lines of the pattern's matches, in order."""
    line, at = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield line
