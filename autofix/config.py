"""``[tool.autofix]`` in pyproject.toml."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project says for all its runs; None and empty mean that it says nothing."""

    root: Path | None = None
    """The folder of the pyproject.toml these come from; ``exclude`` counts from there."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    python: str | None = None
    """The interpreter; a path with a slash counts from ``root``."""
    timeout: float | None = None
    """Seconds for one run of the program."""
    jobs: int | None = None
    args: tuple[str, ...] = ()
    """Arguments for the program that is run."""


class ConfigError(Exception):
    """A pyproject.toml that cannot be read or says something autofix does not know."""


def load(start: str | os.PathLike[str] = ".") -> Settings:
    """The settings of the nearest pyproject.toml, from ``start`` upwards, that has ``[tool.autofix]``.

    Raises ConfigError, with file and key, for broken TOML, an unknown key or a value of the wrong type.
    """
    here = Path(os.path.abspath(start))
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            table = _table(file)
            if table is not None:
                return _settings(file, table)
    return Settings()


def _table(file: Path) -> Any:
    try:
        document = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as TOML: {error}") from None
    tools = document.get("tool", {})
    table = tools.get("autofix") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{file}: tool.autofix must be a table: write [tool.autofix]")
    return table


def _settings(file: Path, table: dict[str, Any]) -> Settings:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key.replace("_", "-"), _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_KEYS)}"
            raise ConfigError(f"{file}: unknown key {key!r} in [tool.autofix]; {hint}")
        wanted, read = _KEYS[key]
        values[key.replace("-", "_")] = read(value)
        if values[key.replace("-", "_")] is None:
            raise ConfigError(f"{file}: {key} in [tool.autofix] must be {wanted}, not {value!r}")
    python = values.get("python")
    if python and ("/" in python or os.sep in python):
        values["python"] = str(file.parent / Path(python).expanduser())
    return Settings(root=file.parent, **values)


def _words(value: Any) -> tuple[str, ...] | None:
    good = isinstance(value, list) and all(isinstance(word, str) for word in value)
    return tuple(value) if good else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _seconds(value: Any) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    return float(value) if good else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


_KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "select": ("a list of rule codes", _words),
    "ignore": ("a list of rule codes", _words),
    "exclude": ("a list of patterns", _words),
    "unsafe-fixes": ("true or false", _truth),
    "python": ("the path or name of an interpreter", _text),
    "timeout": ("a number of seconds above 0", _seconds),
    "jobs": ("a whole number above 0", _count),
    "args": ('a list of strings (["--steps", "2"])', _words),
}
