"""``# autofix: ignore`` and ``# autofix: ignore[AF101, AF102]``."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_left
from contextlib import suppress
from functools import lru_cache

from autofix.model import Span

# A bracket that names no code silences nothing, and one that never closes is a slip, not a licence.
_COMMENT = re.compile(r"#\s*autofix:\s*ignore(?:\s*\[(?P<codes>[^\]]*)\]|(?![\w-])(?!\s*\[))", re.IGNORECASE)


def suppressed(text: str, span: Span, code: str) -> bool:
    """Whether a comment silences ``code`` for ``span``.

    It may stand on the first or last line of the span, or where the statements end that these are part of.
    """
    if "autofix" not in text.lower():
        return False
    comments, ends = _scan(text)
    lines = {span.line, span.end_line, _end(ends, span.line), _end(ends, span.end_line)}
    return any(codes is None or code.upper() in codes for codes in (comments.get(line, ()) for line in lines))


def comment_row(text: str, span: Span) -> int:
    """The line on which a new comment silences ``span``: the last of its statement."""
    return _end(_scan(text)[1], span.line)


def _end(ends: list[int], line: int) -> int:
    at = bisect_left(ends, line)
    return ends[at] if at < len(ends) else line


@lru_cache(maxsize=8)
def _scan(text: str) -> tuple[dict[int, frozenset[str] | None], list[int]]:
    """Comments by line (None: all codes), and the last lines of all statements."""
    comments: dict[int, frozenset[str] | None] = {}
    ends: list[int] = []
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type == tokenize.NEWLINE:
                ends.append(token.start[0])
            elif token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
                codes = match["codes"]
                named = None if codes is None else frozenset(re.findall(r"\w+", codes.upper()))
                comments[token.start[0]] = named
    return comments, ends
