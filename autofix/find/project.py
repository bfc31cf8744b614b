"""Which file of the same project a script's import stands for: as Python would look for it, never beyond the project."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from autofix import source as files
from autofix.source import Source, SourceError

Query = tuple[str, str]
"""The folder that a relative import counts from (empty for an absolute one), and the dotted name."""

LIBRARIES = sys.stdlib_module_names | {"torch", "numpy", "scipy", "math", "tensorflow", "keras", "jax", "torchvision", "pytest"}
"""What is found elsewhere, whatever folders a project has; only a file beside the script itself goes before it."""
MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
FOREIGN = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
REORDERED = re.compile(r"\bsys\.path\s*(?:\.insert|\[|=[^=])")
"""A script that puts folders in front: nobody knows what comes first."""
IMPORT = re.compile(r"^(?:from[ \t]+(\.*)([\w.]*)[ \t]+import\b([\w, \t]*)|import[ \t]+([\w.]+))", re.MULTILINE)
LARGEST = 50_000
KEPT = 64
"""So many parsed files a process remembers."""


class Project:
    """The files around one script, and what of them was asked for: ``asked`` and ``read`` are what a finding depends on."""

    def __init__(self, script: str, text: str = "", read: Callable[[str], bytes] | None = None):
        self.script, self._bytes = script, read or read_bytes
        self.trains = False
        """Whether a file that the script imports trains, and the script does not."""
        self.ordered = not REORDERED.search(text)
        self.asked: dict[Query, str] = {}
        self.read: dict[str, str] = {}

    def find(self, dotted: str, base: str = "") -> str:
        """The file (or folder without ``__init__.py``) of a module, the empty string where it is none of the project's."""
        if not base and not self.ordered:
            return ""
        key = (base, dotted)
        if key not in self.asked:
            self.asked[key] = find(self.script, base, dotted)
        found = self.asked[key]
        return "" if found == self.script else found

    def source(self, path: str) -> Source | None:
        """A file of the project; None where it is too large, or no Python."""
        raw = self._bytes(path)
        self.read[path] = files.digest(raw)
        try:
            return _decoded(path, raw) if len(raw) <= LARGEST else None
        except SourceError:
            return None

    def imported(self, text: str) -> Iterator[bytes]:
        """What is in the files that a script imports at its top: a glance, before anything is parsed."""
        for dots, package, names, dotted in IMPORT.findall(text):
            base = os.path.join(os.path.dirname(self.script), *[os.pardir] * (len(dots) - 1)) if dots else ""
            path = self.find(package or dotted, os.path.normpath(base) if base else "")
            inside = "" if path.endswith(".py") and not path.endswith("__init__.py") else path.removesuffix("__init__.py").rstrip(os.sep)
            found = [path, *(self.find(name, inside) for name in re.findall(r"\w+", names) if inside)]
            for file in {file for file in found if file.endswith(".py")}:
                raw = self._bytes(file)
                self.read[file] = files.digest(raw)
                yield raw

    def holds(self) -> bool:
        """Whether everything that was asked for is still where it was, and as it was."""
        return all(find(self.script, *query) == found for query, found in self.asked.items()) and all(
            files.digest(self._bytes(path)) == digest for path, digest in self.read.items()
        )


def find(script: str, base: str, dotted: str) -> str:
    """Where an import leads: ``base`` is the folder that a relative one counts from."""
    if base and not dotted:
        return os.path.join(base, "__init__.py") if _is_file(base, "__init__.py") else base
    if base:
        return _below(base, dotted)
    folder = os.path.dirname(script)
    known = dotted.partition(".")[0] in LIBRARIES
    packaged = _is_file(folder, "__init__.py")
    if not packaged and (beside := _below(folder, dotted, namespaces=not known)):
        return beside
    if known:
        return ""
    found = {path for root in (folder, *_roots(folder)) if (path := _below(root, dotted))}
    return found.pop() if len(found) == 1 else ""


def _below(folder: str, dotted: str, namespaces: bool = True) -> str:
    """The module of that name below a folder: a package goes before a module, a module before a plain folder."""
    *parents, last = dotted.split(".")
    for name in parents:
        inner = os.path.join(folder, name)
        if not _is_file(inner, "__init__.py") and (not namespaces or _is_file(folder, f"{name}.py")):
            return ""
        folder = inner
    inner = os.path.join(folder, last)
    for path in (os.path.join(inner, "__init__.py"), f"{inner}.py"):
        if os.path.isfile(path) and not FOREIGN.search(path):
            return path
    return inner if namespaces and os.path.isdir(inner) and not FOREIGN.search(inner) else ""


def _is_file(folder: str, name: str) -> bool:
    return os.path.isfile(os.path.join(folder, name))


@cache
def _roots(folder: str) -> tuple[str, ...]:
    """The folder that holds the outermost package around, and the top of the project (or its ``src``)."""
    top = folder
    while _is_file(top, "__init__.py") and os.path.dirname(top) != top:
        top = os.path.dirname(top)
    project = folder
    while not any(os.path.exists(os.path.join(project, mark)) for mark in MARKS):
        if os.path.dirname(project) == project:
            return (top,)
        project = os.path.dirname(project)
    return tuple(dict.fromkeys((top, project, os.path.join(project, "src"))))


def read_bytes(path: str) -> bytes:
    """What is in a file; nothing where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


@lru_cache(KEPT)
def _decoded(path: str, raw: bytes) -> Source:
    """A file, parsed once for all scripts that import it."""
    return files.decode(path, raw)
