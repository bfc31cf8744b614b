"""The client of the fork server: run a program, get back what happened.

with ForkServer(python) as server:
    answer = server.run(Request(script=path, root=folder))
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from autofix.prove import alone, endings, fence, launch
from autofix.prove.link import Died, Link, ServerError, end_marked

__all__ = ["Answer", "ForkServer", "Request", "ServerError"]

DEFAULT = fence.Limits()


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. ``overlay`` maps absolute paths to the text that stands in for the file."""

    script: str
    root: str
    module: str = ""
    """Run it as ``python -m MODULE``; found out where the script imports from its own package."""
    args: tuple[str, ...] = ()
    cwd: str = ""
    overlay: dict[str, str] = field(default_factory=dict)
    probe: bool = True
    limit: int = 2
    nudge: dict[int, dict] = field(default_factory=dict)
    """Source index → use, name and step: shift that source at its first use (a finite difference)."""
    last_root: int = -1
    """End the run when this many roots are known, before the last is differentiated; -1: go on."""
    hold: tuple[tuple, ...] = ()
    """Calls (``path, line, column, end_line, end_column, op``; columns in bytes) whose results are held fixed."""
    held: str = ""
    """Where an earlier run left those results; empty: this run writes them, see ``Answer.held``."""
    timeout: float = 60.0
    fresh: bool | None = None
    """In a process of its own; None: where the script sets environment variables before it imports torch."""
    allow_write: bool = False
    """Also below the project, the current folder and ~/.cache."""
    allow_network: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How a run ended. ``record`` is the probe's, None where the program left none."""

    code: int
    signal: int
    timed_out: bool
    stdout: bytes
    stderr: bytes
    record: dict | None
    reason: str = ""
    """One line for every ending that is not a program's normal one; exceptions included."""
    end: dict = field(default_factory=dict)
    """``how`` (exit, exception, enough, stopped, left), ``exception``, ``message``; empty: it died without a word."""
    refused: tuple[dict, ...] = ()
    """What the fence refused: ``what`` (write, connect, signal) and ``name``; the program may have gone on."""
    held: str = ""
    """The file with the results that were to be held."""


class ForkServer:
    """A process in the user's interpreter with the frameworks imported; ``run`` is safe to call from threads.

    ``isolate``: ``auto`` (what the kernel has), ``hook`` (limits and the audit hook alone), ``bwrap``. With bwrap,
    what is allowed is settled here for all runs. Raises ``ServerError`` where the interpreter does not start or
    lacks the framework.
    """

    def __init__(
        self,
        python: str = sys.executable,
        frameworks: tuple[str, ...] = ("numpy", "torch"),
        limits: fence.Limits = DEFAULT,
        isolate: str = "auto",
        allow_write: bool = False,
        allow_network: bool = False,
        fork: bool = True,
    ):
        if isolate == "bwrap" and (trouble := fence.bwrap_trouble()):
            raise ServerError(f"cannot isolate with bubblewrap: {trouble}")
        self.python, self.frameworks, self.limits, self.isolate = python, frameworks, limits, isolate
        self.allow_write, self.allow_network = allow_write, allow_network
        self._lock = threading.Lock()
        self._next = self._servers = 0
        self.scratch = os.path.realpath(tempfile.mkdtemp(prefix="autofix-"))
        try:
            self._link = self._connect()
        except ServerError:
            remove(self.scratch)
            raise
        self.versions = self._link.versions
        self.forks = fork and self._link.forks
        """Whether programs run in forked children; else each has a fresh process."""
        self.shadows = isolate != "hook" and self._link.shadows
        """Whether what programs write below the project and the current folder is kept apart; else it is refused."""
        if not self.forks:
            self._link.close()

    def run(self, request: Request) -> Answer:
        """Run one program to its end, its limit or its time; never raises for what the program does."""
        cwd, module, import_root, first = self._way(request)
        allow_write = request.allow_write or self.allow_write
        message = {
            "script": request.script,
            "root": request.root,
            "module": module,
            "import_root": import_root,
            "args": list(request.args),
            "cwd": cwd,
            "overlay": request.overlay,
            "probe": request.probe,
            "limit": request.limit,
            "nudge": request.nudge,
            "last_root": request.last_root,
            "hold": [list(place) for place in request.hold],
            "held": request.held,
            "timeout": request.timeout,
            "fresh": bool(first) if request.fresh is None else request.fresh,
            "env_first": first,
            "frameworks": list(self.frameworks),
            "limits": fence.as_message(self.limits),
            "isolate": self.isolate,
            "shadow": fence.shadowed(request.root, cwd) if self.shadows and not allow_write else [],
            "allow_write": fence.writable(request.root, cwd) if allow_write else [],
            "allow_network": request.allow_network or self.allow_network,
        }
        outcome, scratch = self._outcome(message)
        answer = self._answer(outcome, scratch, request, cwd)
        remove(str(scratch))
        return answer

    def _way(self, request: Request) -> tuple[str, str, str, dict[str, str]]:
        """The folder to run in, the module to run as, where its package is imported from, the early environment."""
        source = request.overlay.get(request.script)
        module, folder, first = launch.way(request.script, _read(Path(request.script)) if source is None else source)
        if request.module:
            module, folder = request.module, ""
        cwd = request.cwd or folder or os.getcwd()
        return cwd, module, folder or (cwd if module else ""), first

    # -- asking -----------------------------------------------------------------------------------

    def _outcome(self, message: dict) -> tuple[dict, Path]:
        scratch = self._new_scratch(message)
        if not self.forks:
            return alone.run(self.python, message, self._environment(str(scratch))), scratch
        try:
            return self._living().ask(message), scratch
        except Died:
            pass
        # Perhaps another program killed the server: this one gets a server of its own.
        remove(str(scratch))
        scratch = self._new_scratch(message)
        own = self._connect()
        try:
            return own.ask(message), scratch
        except Died:
            return {"cause": "server", "signal": 0, "code": -1}, scratch
        finally:
            own.close()

    def _new_scratch(self, message: dict) -> Path:
        with self._lock:
            self._next += 1
            message["id"] = self._next
        scratch = Path(self.scratch, str(message["id"]))
        scratch.mkdir()
        message["scratch"] = str(scratch)
        return scratch

    def _living(self) -> Link:
        with self._lock:
            if self._link.dead:
                self._link.close()
                self._link = self._connect()
            return self._link

    def _connect(self) -> Link:
        before: list[str] = []
        if self.isolate == "bwrap":
            write = fence.writable(os.getcwd(), os.getcwd()) if self.allow_write else []
            before = fence.bwrap_command(self.scratch, write, self.allow_network)
        self._servers += 1
        mark = os.path.join(self.scratch, f"server-{self._servers}")
        return Link(before, self.python, self.frameworks, self._environment(mark))

    @staticmethod
    def _environment(mark: str) -> dict[str, str]:
        # torch makes its cache folder when it is imported. Threads that spin while they wait cost small programs
        # three quarters of their time, and more where several run side by side.
        return {"PYTHONHASHSEED": "0", "OMP_WAIT_POLICY": "passive", **os.environ, "TMPDIR": os.path.dirname(mark), "AUTOFIX_SCRATCH": mark}

    # -- the answer -------------------------------------------------------------------------------

    def _answer(self, outcome: dict, scratch: Path, request: Request, cwd: str) -> Answer:
        most = self.limits.output + (1 << 20)
        stdout, stderr = _read(scratch / "stdout", most), _read(scratch / "stderr", most)
        end = _record(scratch / "end.json") or {}
        if not outcome.get("cause") and _length(scratch) > self.limits.output:
            outcome = {**outcome, "cause": "output"}  # the system's limit, or the program's end, was faster than ours
        refused = _lines(scratch / "refused")
        return Answer(
            outcome["code"],
            outcome["signal"],
            outcome.get("cause") == "timeout",
            stdout,
            stderr,
            _record(scratch / "record.json"),
            endings.reason(outcome, end, refused, stderr, self.limits, request.timeout, self.python, cwd),
            end,
            refused,
            self._kept(scratch, request),
        )

    def _kept(self, scratch: Path, request: Request) -> str:
        """Move the held results out of the run's own scratch folder, for the runs that follow."""
        file = scratch / "held.pt"
        if not request.hold or request.held or not file.exists():
            return ""
        return shutil.move(str(file), f"{scratch}.held")

    def close(self) -> None:
        """Remove the scratch folder, end the server and every child, and remove what they still wrote.

        In this order: whoever is killed before the server is told to end leaves the folder to it.
        """
        remove(self.scratch)
        self._link.close()
        end_marked(self.scratch)
        remove(self.scratch)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def remove(folder: str) -> None:
    """Remove a folder, also one whose owner forbade it to be entered."""

    def permit(function, path, error):
        try:
            for place in (os.path.dirname(path), path):
                if place.startswith(folder):  # never what the folder lies in
                    os.chmod(place, stat.S_IRWXU)
            function(path)
        except OSError:
            pass

    if os.path.exists(folder):
        shutil.rmtree(folder, **{"onexc" if sys.version_info >= (3, 12) else "onerror": permit})


def _read(path: Path, most: int = -1) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read(most)
    except OSError:
        return b""


def _length(scratch: Path) -> int:
    return sum(path.stat().st_size for path in (scratch / "stdout", scratch / "stderr") if path.exists())


def _record(path: Path) -> dict | None:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _lines(path: Path) -> tuple[dict, ...]:
    found = []
    for line in _read(path, 1 << 20).splitlines():
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, dict) and note.keys() >= {"what", "name"} and note not in found:
            found.append(note)
    return tuple(found)
