"""Which files to look at: those named, and in folders the Python files that git would show."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from autofix.source import SourceError

SKIPPED = frozenset({".venv", "venv", "node_modules", "__pycache__", "site-packages"})
"""Folders with other people's code, or none: never walked into, only looked at when named."""


def files(
    paths: Iterable[str | os.PathLike[str]],
    exclude: Sequence[str] = (),
    root: str | os.PathLike[str] | None = None,
) -> Iterator[Path]:
    """Absolute paths, sorted, each file once. Raises SourceError (at the call) for a path that is not there.

    A file named is taken whatever its name. In a folder only ``*.py`` counts, ``exclude`` applies, and
    symbolic links are passed by. A pattern without a slash matches the name of a file or folder anywhere
    (``build``, ``*_pb2.py``), one with a slash the path from ``root`` (default: the current folder).
    """
    base = Path(os.path.abspath(root or "."))
    found: dict[str, Path] = {}
    for path in map(Path, map(os.path.abspath, paths)):
        if path.is_dir():
            below = (file for file in _below(path) if not _excluded(file, base, exclude))
        elif path.is_file():
            below = iter([path])
        else:
            raise _missing(path)
        for file in below:
            found.setdefault(os.path.realpath(file), file)
    return iter(sorted(found.values()))


def _missing(path: Path) -> SourceError:
    if path.is_symlink():
        return SourceError(str(path), f"is a symbolic link to {os.readlink(path)}, which does not exist", "missing")
    if os.path.lexists(path):
        return SourceError(str(path), "is neither a file nor a folder", "special")
    return SourceError(str(path), "does not exist; check the spelling and the current folder", "missing")


def _below(folder: Path) -> Iterator[Path]:
    listed = _listed_by_git(folder)
    names = list(_walked(folder)) if listed is None else listed
    environments = {f"{os.path.dirname(name)}/" for name in names if os.path.basename(name) == "pyvenv.cfg"} - {"/"}
    for name in names:
        if not name.endswith(".py") or name.startswith(tuple(environments)):
            continue
        path = folder / name
        if SKIPPED.isdisjoint(Path(name).parts[:-1]) and path.is_file() and not path.is_symlink():
            yield path


def _walked(folder: Path) -> Iterator[str]:
    def stop(error: OSError) -> None:
        if error.filename == str(folder):
            raise SourceError(str(folder), f"cannot be read: {error.strerror}", "unreadable")

    for here, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED]
        for name in names:
            yield os.path.relpath(os.path.join(here, name), folder)


def _excluded(file: Path, base: Path, patterns: Sequence[str]) -> bool:
    relative = file.relative_to(base) if file.is_relative_to(base) else file
    prefixes = [part.as_posix() for part in (relative, *relative.parents)]
    for pattern in patterns:
        pattern = pattern.removeprefix("./").rstrip("/")
        names = prefixes if "/" in pattern else relative.parts
        if any(fnmatchcase(name, one) for name in names for one in {pattern, pattern.removeprefix("**/")}):
            return True
    return False


# -- git ------------------------------------------------------------------------------------------


def top(folder: str | os.PathLike[str]) -> Path | None:
    """The top of the git work tree that ``folder`` is in; None without git."""
    said = _git(folder, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(said.removesuffix(b"\n"))) if said else None


def dirty(folder: str | os.PathLike[str]) -> bool | None:
    """Whether tracked files below ``folder`` have changes that are not committed; None without git."""
    if top(folder) is None:
        return None
    said = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return None if said is None else bool(said)


def _listed_by_git(folder: Path) -> list[str] | None:
    """Tracked and untracked files; None without git, and for a folder that git is told to ignore."""
    said = _git(folder, "ls-files", "-co", "--exclude-standard", "-z")
    if said is None or (not said and _git(folder, "check-ignore", "-q", ".") is not None):
        return None
    return [os.fsdecode(name) for name in said.split(b"\0") if name]


def _git(folder: str | os.PathLike[str], *command: str) -> bytes | None:
    """What git prints; None where it fails or is not there.

    A hook's GIT_* variables would point it elsewhere, and core.fsmonitor is a command of the repository's own.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    line = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *command]
    quiet = {"capture_output": True, "stdin": subprocess.DEVNULL}
    try:
        done = subprocess.run(line, cwd=folder, env=environment, check=False, **quiet)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
