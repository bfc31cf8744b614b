"""What was found in files that have not changed since: one file of JSON in a folder that git does not see.

An entry is keyed by the content it was found in, the whole file by the tool that found it; nothing else is trusted.
A cache that cannot be read is as good as none, and one that cannot be written is no error.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from autofix import __version__
from autofix.model import Break, Certainty, Span, Step, Target, Value

FOLDER = ".autofix_cache"
MOST = 100_000
"""So many entries are kept, the latest ones."""
CLEAN = 0
"""The entry of a file in which nothing was found."""


class Cache:
    """Entries by key. Use ``load`` once, ``get`` and ``put`` as often as you like, ``save`` once."""

    def __init__(self, root: str | os.PathLike[str], settings: str = ""):
        name = hashlib.blake2b(f"{tool()} {settings}".encode(), digest_size=8).hexdigest()
        self.folder = Path(root) / FOLDER
        self.file = self.folder / f"{__version__}-{name}.json"
        self._entries: dict[str, Any] = {}
        self._fresh: dict[str, Any] = {}

    def load(self) -> Cache:
        """Read what is there."""
        self._entries = _read(self.file)
        return self

    def get(self, key: str, path: str) -> list[Break] | str | None:
        """The breaks of a file, the reason why it could not be read, or None where nothing is known."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        try:
            return entry if isinstance(entry, str) else [] if entry == CLEAN else [_break(one, path) for one in entry]
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            return None

    def put(self, key: str, found: list[Break] | str, path: str) -> None:
        entry = found if isinstance(found, str) else [_plain(dataclasses.asdict(one), path) for one in found] or CLEAN
        self._entries[key] = self._fresh[key] = entry

    def save(self) -> None:
        """Write the new entries beside those that others have written meanwhile; whole or not at all."""
        if not self._fresh:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            mark = self.folder / ".gitignore"
            if not mark.exists():
                _replace(mark, "# Made by autofix.\n*\n")
            together = {**_read(self.file), **self._fresh}
            latest = dict(list(together.items())[-MOST:])
            _replace(self.file, json.dumps({"entries": latest}, separators=(",", ":")))


def key(raw: bytes) -> str:
    """The key of a file's content."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


@cache
def tool() -> str:
    """What finds: this version of the tool, as it lies on the disk, and of Python, whose parser it uses."""
    digest = hashlib.blake2b(digest_size=16)
    here = Path(__file__).parent
    for file in sorted([here / "model.py", *(here / "find").rglob("*.py")]):
        with suppress(OSError):
            digest.update(file.read_bytes())
    return f"{__version__} {sys.version_info[:3]} {digest.hexdigest()}"


def _read(file: Path) -> dict[str, Any]:
    try:
        entries = json.loads(file.read_bytes())["entries"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _replace(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=file.parent)
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


# -- breaks as plain data: a path of None is the file itself ---------------------------------------


def _plain(value, path: str):
    if isinstance(value, dict):
        return {k: (None if k == "path" and v == path else _plain(v, path)) for k, v in value.items()}
    return [_plain(item, path) for item in value] if isinstance(value, (list, tuple)) else value


def _break(entry: dict, path: str) -> Break:
    known = {field.name: entry[field.name] for field in dataclasses.fields(Break) if field.name in entry}
    known["span"] = _span(entry["span"], path)
    known["targets"] = tuple(Target(t["name"], t["how"], _span(t["span"], path)) for t in entry["targets"])
    known["certainty"] = Certainty(entry["certainty"])
    known["related"] = tuple(_span(span, path) for span in entry["related"])
    known["steps"] = tuple(_step(step, path) for step in entry["steps"])
    return Break(**known)


def _step(entry: dict, path: str) -> Step:
    inputs = tuple(_value(value) for value in entry["inputs"])
    return Step(**{**entry, "span": _span(entry["span"], path), "inputs": inputs, "output": _value(entry["output"])})


def _value(entry: dict) -> Value:
    return Value(**{**entry, "shape": tuple(entry["shape"])})


def _span(entry: dict | None, path: str) -> Span | None:
    return None if entry is None else Span(**{**entry, "path": path if entry["path"] is None else entry["path"]})
