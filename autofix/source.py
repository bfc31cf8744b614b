"""Read and write one source file without losing a byte.

A ``Source`` always parses, and its text encodes back to exactly its bytes: whoever holds one can edit it.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import shutil
import stat
import tempfile
import tokenize
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock

from autofix.model import Edit

NEWLINE = re.compile(r"\r\n|\r|\n")
"""What Python's tokenizer takes for the end of a line (``str.splitlines`` knows seven more)."""

_PARSING = Lock()


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its bytes, and the same decoded, without the BOM and with newlines untranslated."""

    path: str
    raw: bytes = field(repr=False)
    text: str = field(repr=False)
    encoding: str
    """As ``tokenize.detect_encoding`` says it; ``utf-8-sig`` where the file starts with a BOM."""
    tree: ast.Module | None = field(default=None, repr=False, compare=False)
    """The parsed text (lines and byte columns as ``ast`` counts them): kept, since a scan is mostly parsing."""


class SourceError(Exception):
    """A file that cannot be read or written.

    ``kind`` is one of ``missing``, ``directory``, ``special`` (a pipe, a device), ``unreadable``, ``empty``,
    ``binary``, ``encoding``, ``syntax``, ``lossy``, ``changed``, ``unwritable``.
    """

    def __init__(self, path: str, problem: str, kind: str, line: int | None = None):
        super().__init__(path, problem, kind, line)  # all of them, or it does not survive a process boundary
        self.path, self.problem, self.kind, self.line = path, problem, kind, line

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


# -- places ---------------------------------------------------------------------------------------


def line_starts(text: str) -> list[int]:
    """Offsets of the line starts, as Python's tokenizer counts lines."""
    return [0, *(match.end() for match in NEWLINE.finditer(text))]


def place(starts: list[int], offset: int) -> tuple[int, int]:
    """Line (1-based) and column (0-based, characters) of an offset."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1]


# -- reading --------------------------------------------------------------------------------------


def digest(raw: bytes) -> str:
    """What tells one content from another."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def read(path: str | os.PathLike[str]) -> Source:
    """The file at ``path``. Raises SourceError with the reason when it is no Python file one could edit."""
    name = os.path.abspath(path)
    try:
        mode = os.stat(name).st_mode
        if stat.S_ISDIR(mode):
            raise SourceError(name, "is a directory, not a file", "directory")
        if not stat.S_ISREG(mode):
            raise SourceError(name, "is not a regular file (a pipe or a device)", "special")
        with open(name, "rb") as stream:
            raw = stream.read()
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    if not raw:
        raise SourceError(name, "is empty", "empty")
    return decode(name, raw)


def _unreadable(name: str, error: OSError | ValueError) -> SourceError:
    if not isinstance(error, FileNotFoundError):
        why = getattr(error, "strerror", None) or error
        return SourceError(name, f"cannot be read: {why}", "unreadable")
    if os.path.islink(name):
        return SourceError(name, f"is a symbolic link to {os.readlink(name)}, which does not exist", "missing")
    return SourceError(name, "does not exist (or was removed while autofix was working)", "missing")


def decode(path: str | os.PathLike[str], raw: bytes) -> Source:
    """Bytes that stand for the file ``path`` (an editor's buffer, stdin). Raises SourceError as ``read`` does."""
    name = os.path.abspath(path)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(name, "is UTF-16, which Python cannot run; save it as UTF-8", "encoding")
    if b"\0" in raw:
        raise SourceError(name, "holds NUL bytes: it is binary, not Python source", "binary")
    encoding = _encoding(name, raw)
    try:
        text = raw.decode(encoding)
        lossless = text.encode(encoding) == raw
    except UnicodeDecodeError as error:
        raise _undecodable(name, raw, encoding, error.start) from None
    except (LookupError, UnicodeError) as error:
        problem = f"declares the encoding {encoding!r}, which cannot be used: {error}"
        raise SourceError(name, problem, "encoding", 1) from None
    if not lossless:
        raise SourceError(name, f"does not come back from {encoding} with the same bytes; save it as UTF-8", "lossy")
    return Source(name, raw, text, encoding, _parsed(name, text))


def _encoding(name: str, raw: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
    except SyntaxError as error:
        problem = str(error).split(" for ")[0] if "invalid or missing" in str(error) else str(error)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _undecodable(name, raw, "utf-8", error.start) from None
    raise SourceError(name, f"has a wrong encoding declaration: {problem}", "encoding", 1)


def _undecodable(name: str, raw: bytes, encoding: str, offset: int) -> SourceError:
    line = len(re.findall(rb"\r\n|\r|\n", raw[:offset])) + 1
    problem = f"is not valid {encoding} (byte 0x{raw[offset]:02x} in line {line})"
    advice = "save it as UTF-8, or declare its encoding in the first line (# -*- coding: latin-1 -*-)"
    return SourceError(name, f"{problem}; {advice}", "encoding", line)


def parsed(text: str | bytes, mode: str = "exec") -> ast.AST:
    """``ast.parse`` for threads: CPython has one count of the recursion depth for all of them, and raises SystemError."""
    with _PARSING:
        return ast.parse(text, mode=mode)


def _parsed(name: str, text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" and the like are the author's business
            return parsed(text)
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        raise SourceError(name, f"does not parse: {error.msg}{where}", "syntax", error.lineno) from None
    except (RecursionError, MemoryError):
        raise SourceError(name, "is nested too deeply for Python's parser", "syntax") from None
    except ValueError as error:
        raise SourceError(name, f"does not parse: {error}", "syntax") from None


def check_libcst(source: Source) -> None:
    """The gate before a codemod: libcst gives back the same bytes. Raises SourceError where it does not."""
    import libcst

    try:
        same = libcst.parse_module(source.raw).bytes == source.raw
    except (libcst.ParserSyntaxError, UnicodeError, LookupError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(source.path, f"is valid Python, but libcst cannot parse it: {reason}", "lossy") from None
    if not same:
        problem = "would not come back from libcst with the same bytes (a form feed, or CR-only line ends?)"
        raise SourceError(source.path, f"{problem}; it is left alone", "lossy")


# -- editing --------------------------------------------------------------------------------------


def apply(source: Source, edits: Iterable[Edit]) -> Source:
    """The source after the edits, in its own encoding and with its own line ends.

    Identical edits count once. Insertions at one place stay in the order given. Raises ValueError where edits
    overlap, are out of range or belong to another file, and SourceError where the result would not parse or
    cannot be written in the file's encoding.
    """
    text = _edited(source, merge(source, edits))
    try:
        raw = text.encode(source.encoding)
    except UnicodeEncodeError as error:
        character = text[error.start]
        problem = f"the fix needs the character {character!r}, which the file's encoding {source.encoding} lacks"
        raise SourceError(source.path, problem, "encoding") from None
    new = decode(source.path, raw)
    if new.text != text:
        problem = "the fix would move its encoding declaration out of the first two lines"
        raise SourceError(source.path, problem, "encoding")
    return new


def _edited(source: Source, edits: list[Edit]) -> str:
    pieces, done = [], 0
    for edit in edits:
        if edit.start < done:
            raise ValueError(f"{source.path}: edits overlap at {_at(source, edit)}")
        pieces += source.text[done : edit.start], NEWLINE.sub(_newline_at(source.text, edit.start), edit.text)
        done = edit.end
    return "".join((*pieces, source.text[done:]))


def merge(source: Source, edits: Iterable[Edit]) -> list[Edit]:
    """The edits as ``apply`` makes them: sorted, each once. A wrap is two insertions, and two wraps that end at one place both need their ")"."""
    edits = list(edits)
    for edit in edits:
        if edit.path != source.path:
            raise ValueError(f"an edit for {edit.path} cannot be applied to {source.path}")
        if not 0 <= edit.start <= edit.end <= len(source.text):
            raise ValueError(f"{source.path}: edit {edit.start}:{edit.end} is outside the file")
    once = list(dict.fromkeys(edits))
    open_brackets = sum(_balance(edit.text) - _balance(source.text[edit.start : edit.end]) for edit in once)
    for edit in (Counter(edits) - Counter(once)).elements():
        closes = _balance(edit.text) if edit.start == edit.end else 0
        if closes < 0 <= open_brackets + closes:
            once.append(edit)
            open_brackets += closes
    once.sort(key=lambda edit: (edit.start, edit.end))
    for one, other in pairwise(once):
        same_place = one.start == one.end == other.start == other.end
        if same_place and one != other and (_balance(one.text) or _balance(other.text)):
            raise ValueError(f"{source.path}: two edits open or close a bracket at {_at(source, one)}")
    return once


def _balance(text: str) -> int:
    return sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))


def _newline_at(text: str, offset: int) -> str:
    """The line end that stands nearest after an offset, else the last before it, else LF."""
    match = NEWLINE.search(text, offset)
    if match is None:
        *_, match = None, *NEWLINE.finditer(text)
    elif match.start() == offset and text[offset - 1 : offset + 1] == "\r\n":
        return "\r\n"
    return match[0] if match else "\n"


def _at(source: Source, edit: Edit) -> str:
    line, column = place(line_starts(source.text), edit.start)
    return f"line {line}, column {column + 1}"


# -- writing --------------------------------------------------------------------------------------


def write(new: Source, old: Source) -> None:
    """Put ``new`` in the place of ``old``: whole or not at all, through symbolic links, mode and owner kept.

    Raises SourceError: ``changed`` or ``missing`` when the file is no longer what ``old`` was read from,
    ``unwritable`` when it or its folder is read-only or the disk is full.
    """
    target = os.path.realpath(new.path)
    _check_unchanged(target, old)
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise SourceError(new.path, "is read-only; make it writable (chmod u+w) and run again", "unwritable")
    folder, temporary = os.path.dirname(target), None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".autofix-", dir=folder)
        with open(handle, "wb") as stream:
            stream.write(new.raw)
            stream.flush()
            os.fsync(stream.fileno())
        _copy_status(target, temporary)
        _check_unchanged(target, old)
        os.replace(temporary, target)
    except OSError as error:
        problem = f"cannot be replaced in {folder}: {error.strerror}; the file is as it was"
        raise SourceError(new.path, problem, "unwritable") from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
    _sync_folder(folder)


def _check_unchanged(target: str, old: Source) -> None:
    try:
        with open(target, "rb") as stream:
            same = stream.read() == old.raw
    except OSError as error:
        raise _unreadable(old.path, error) from None
    if not same:
        raise SourceError(old.path, "changed while autofix was working; it is left alone, run again", "changed")


def _copy_status(target: str, temporary: str) -> None:
    status = os.stat(target)
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(temporary, status.st_uid, status.st_gid)
    shutil.copystat(target, temporary)
    os.utime(temporary)


def _sync_folder(folder: str) -> None:
    """Without this a power cut may undo the rename (never tear it)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
