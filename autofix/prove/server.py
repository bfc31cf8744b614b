"""The fork server's client: run a program, get back what happened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE_ROOT = str(Path(__file__).resolve().parent.parent.parent)
BOOT = """import sys
root, names = sys.argv[1], sys.argv[2].split(',')
users = [folder for folder in sys.path if folder]
sys.path.insert(0, root)
from autofix.probe.serve import main
main(names, users)
"""


class ServerError(Exception):
    """The interpreter that should run the programs cannot; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. ``overlay`` maps absolute paths to the text that stands in for the file."""

    script: str
    root: str
    module: str = ""
    args: tuple[str, ...] = ()
    cwd: str = ""
    overlay: dict[str, str] = field(default_factory=dict)
    probe: bool = True
    limit: int = 2
    nudge: dict[int, dict] = field(default_factory=dict)
    """Source index → use, name and step: shift that source at its first use (a finite difference)."""
    last_root: int = -1
    """End the run when this many roots are known, before the last is differentiated; -1: go on."""
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a run ended. ``record`` is the probe's, None where the program left none."""

    code: int
    signal: int
    timed_out: bool
    stdout: bytes
    stderr: bytes
    record: dict | None


class ForkServer:
    """A process in the user's interpreter with the frameworks imported; ``run`` is safe to call from threads.

    Raises ``ServerError`` where the interpreter does not start or lacks the framework.
    """

    def __init__(self, python: str = sys.executable, frameworks: tuple[str, ...] = ("numpy", "torch")):
        self.python = python
        self._waiting: dict[int, Future] = {}
        self._lock = threading.Lock()
        self._next = 0
        self.scratch = tempfile.mkdtemp(prefix="autofix-")
        try:
            self._process = subprocess.Popen(
                [python, "-c", BOOT, PACKAGE_ROOT, ",".join(frameworks)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0")},
            )
        except OSError as error:
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise ServerError(f"cannot start {python}: {error.strerror}; name another one with --python") from error
        self._path: list[str] = []
        self._read_ready(frameworks)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _read_ready(self, frameworks) -> None:
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise ServerError(f"{self.python} did not start: is it a Python of 3.11 or later? Name another one with --python")
        self.versions = json.loads(line)["versions"]
        missing = [name for name in frameworks if self.versions[name].startswith("missing")]
        if missing and set(missing) >= set(frameworks) - {"numpy"}:
            self.close()
            raise ServerError(
                f"{self.python} has no {' or '.join(missing)}; activate the environment that your program runs in, "
                "or name its interpreter with --python"
            )

    def _listen(self) -> None:
        for line in self._process.stdout:
            answer = json.loads(line)
            self._waiting.pop(answer["id"]).set_result(answer)
        with self._lock:
            for future in self._waiting.values():
                future.set_exception(ServerError("the server that runs the programs died; run autofix again"))
            self._waiting.clear()

    def run(self, request: Request) -> Answer:
        """Run one program to its end, its limit or its time; never raises for what the program does."""
        with self._lock:
            number = self._next = self._next + 1
            future: Future = Future()
            self._waiting[number] = future
        scratch = Path(self.scratch, str(number))
        scratch.mkdir()
        message = {
            "id": number,
            "script": request.script,
            "root": request.root,
            "module": request.module,
            "args": list(request.args),
            "cwd": request.cwd or os.getcwd(),
            "overlay": request.overlay,
            "probe": request.probe,
            "limit": request.limit,
            "nudge": request.nudge,
            "last_root": request.last_root,
            "timeout": request.timeout,
            "scratch": str(scratch),
        }
        with self._lock:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        outcome = future.result()
        answer = Answer(
            outcome["code"],
            outcome["signal"],
            outcome["timed_out"],
            _read(scratch / "stdout"),
            _read(scratch / "stderr"),
            _record(scratch / "record.json"),
        )
        shutil.rmtree(scratch, ignore_errors=True)
        return answer

    def close(self) -> None:
        """End the server and every child, and remove the scratch folder."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _record(path: Path) -> dict | None:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
