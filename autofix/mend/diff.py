"""Write a patch, byte for byte, that ``git apply`` and ``patch -p1`` take.

Lines end at LF and nowhere else: every other character that looks like a line end (a lone CR, a form feed,
NEL, U+2028) is content, and travels in the patch as it is.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator

from autofix.source import Source

CONTEXT = 3
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def unified(old: Source, new: Source, root: str | os.PathLike[str]) -> bytes:
    """The patch from ``old`` to ``new``, with names relative to ``root``; empty where they are equal.

    Symbolic links are resolved, because neither git nor patch writes through one. ``git apply`` reads the
    names from the top of the work tree, ``patch -p1`` from the current folder: give the top as ``root``.
    Raises ValueError where the file is not below ``root``.
    """
    if old.raw == new.raw:
        return b""
    name = _name(old.path, root)
    a, b = _quoted(b"a/" + name), _quoted(b"b/" + name)
    tab = b"\t" if b" " in name else b""  # or patch takes the second word for a date
    head = b"diff --git %s %s\n--- %s%s\n+++ %s%s\n" % (a, b, a, tab, b, tab)
    return head + b"".join(_hunks(_lines(old.raw), _lines(new.raw)))


def _name(path: str, root: str | os.PathLike[str]) -> bytes:
    top, real = os.path.realpath(root), os.path.realpath(path)
    if os.path.commonpath([top, real]) != top or top == real:
        raise ValueError(f"{real} is not below {top}: a patch made there could not name it")
    return os.fsencode(os.path.relpath(real, top).replace(os.sep, "/"))


def _quoted(name: bytes) -> bytes:
    """As git writes names (core.quotePath=false): in C quotes where a character would mislead a parser."""
    if not re.search(rb'[\x00-\x1f\x7f"\\]', name):
        return name
    return b'"' + re.sub(rb'[\x00-\x1f\x7f"\\]', _escape, name) + b'"'


def _escape(match: re.Match[bytes]) -> bytes:
    code = match[0][0]
    return b"\\" + _ESCAPES.get(code, f"{code:03o}").encode()


def _lines(raw: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in raw.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _hunks(old: list[bytes], new: list[bytes]) -> Iterator[bytes]:
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT):
        yield b"@@ -%s +%s @@\n" % (_range(group[0][1], group[-1][2]), _range(group[0][3], group[-1][4]))
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                yield from (_marked(b" ", line) for line in old[i:i_end])
            else:
                yield from (_marked(b"-", line) for line in old[i:i_end])
                yield from (_marked(b"+", line) for line in new[j:j_end])


def _range(start: int, end: int) -> bytes:
    count = end - start
    if count == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if count else start, count)


def _marked(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"
