"""A source line with its span underlined, as it looks in a terminal: tabs, wide and unprintable characters."""

from __future__ import annotations

import unicodedata

from autofix.model import Span

TAB = 4


def excerpt(lines: list[str], span: Span, width: int = 100, encoding: str = "utf-8") -> tuple[str, str] | None:
    """The span's first line and the carets below it, cut to ``width`` around the span.

    None where the text has no such line (a file that changed, a name that is no file).
    """
    if not 1 <= span.line <= len(lines):
        return None
    line = lines[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(line.rstrip())
    cells = _cells(line, encoding)
    first = sum(size for _, size in cells[: span.column])
    last = max(first + 1, sum(size for _, size in cells[:end]))
    left = _window(first, last, sum(size for _, size in cells), width)
    shown, at = "", 0
    for text, size in cells:
        if left <= at and at + size <= left + width:
            shown += text
        elif at < left < at + size:  # the window opens in the middle of a wide character
            shown += " " * (at + size - left)
        at += size
    carets = " " * (first - left) + "^" * (min(last, left + width) - first)
    return shown.rstrip(), carets


def _window(first: int, last: int, total: int, width: int) -> int:
    if total <= width or last <= width:
        return 0
    return min(first, max(0, min((first + last - width) // 2, total - width)))


def _cells(line: str, encoding: str) -> list[tuple[str, int]]:
    """For each character what to print for it, and how many columns that takes."""
    cells, column = [], 0
    for character in line:
        if character == "\t":
            text = " " * (TAB - column % TAB)
        else:
            text = safe(character, encoding)
        cells.append((text, width_of(text)))
        column += cells[-1][1]
    return cells


def safe(text: str, encoding: str = "utf-8") -> str:
    """The text without what would steer a terminal or hide (controls, bidi marks) or what it cannot show."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character, encoding) for character in text)


def _escaped(character: str, encoding: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character.encode(encoding, "backslashreplace").decode(encoding)


def width_of(text: str) -> int:
    """Columns of printable text in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
