"""What was found in files that have not changed since: one file of JSON in a folder that git does not see.

An entry is keyed by the content it was found in, the whole file by the tool that found it; nothing else is trusted.
What followed the imports of a script into other files of its project says so, and holds while those are as they were.
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
from autofix.find.project import Project, read_bytes
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
        self._read = cache(read_bytes)
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
            if isinstance(entry, dict):
                if not self._project(entry, path).holds():
                    return None
                entry = entry["found"]
            return entry if isinstance(entry, str) else [] if entry == CLEAN else [_break(one, path) for one in entry]
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            return None

    def put(self, key: str, found: list[Break] | str, path: str, project: Project | None = None) -> None:
        """``project``: what was asked of the files around."""
        entry = found if isinstance(found, str) else [_plain(dataclasses.asdict(one), path) for one in found] or CLEAN
        if project is not None and project.asked:
            asked = [[_relative(base, path), dotted, _relative(file, path)] for (base, dotted), file in project.asked.items()]
            entry = {"found": entry, "asked": asked, "read": {_relative(file, path): digest for file, digest in project.read.items()}}
        self._entries[key] = self._fresh[key] = entry

    def _project(self, entry: dict, path: str) -> Project:
        """The files around the script at ``path``, as they were when the entry was made."""
        project = Project(path, read=self._read)
        project.asked = {(_absolute(base, path), dotted): _absolute(file, path) for base, dotted, file in entry["asked"]}
        project.read = {_absolute(file, path): digest for file, digest in entry["read"].items()}
        return project

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


@cache
def tool() -> str:
    """What finds: this version of the tool, as it lies on the disk, and of Python, whose parser it uses."""
    digest = hashlib.blake2b(digest_size=16)
    here = Path(__file__).parent
    beside = [here / name for name in ("model.py", "effects.py", "cache.py", "source.py", "probe/lineage.py", "probe/tape_paths.py")]
    for file in sorted([*beside, *(here / "find").rglob("*.py")]):
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


# -- breaks as plain data: a path of None is the file itself, others count from its folder ---------


def _relative(other: str, path: str) -> str:
    return other and os.path.relpath(other, os.path.dirname(path))


def _absolute(other: str, path: str) -> str:
    return other and os.path.normpath(os.path.join(os.path.dirname(path), other))


def _plain(value, path: str):
    if isinstance(value, dict):
        return {k: (None if v == path else _relative(v, path)) if k == "path" else _plain(v, path) for k, v in value.items()}
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
    return None if entry is None else Span(**{**entry, "path": path if entry["path"] is None else _absolute(entry["path"], path)})
