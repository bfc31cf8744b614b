"""One living server process and the pipe to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from pathlib import Path

from autofix.probe.serve import END

PACKAGE_ROOT = str(Path(__file__).resolve().parent.parent.parent)
BOOT = """import sys
root, names = sys.argv[1], sys.argv[2].split(',')
users = [folder for folder in sys.path if folder]
sys.path.insert(0, root)
from autofix.probe.serve import main
main(names, users)
"""
PATIENCE, IMPORTING = 20, 30
"""Seconds beyond a program's own time after which a silent server counts as dead."""


class ServerError(Exception):
    """The interpreter that should run the programs cannot; the message says why and what to do."""


class Died(Exception):
    """The server ended before it answered."""


class Link:
    """Starts a server and asks it; ``dead`` once it is gone."""

    def __init__(self, before: list[str], python: str, frameworks: tuple[str, ...], environment: dict[str, str]):
        self.python, self.mark = python, environment["AUTOFIX_SCRATCH"]
        self.dead = False
        self._waiting: dict[int, Future] = {}
        self._lock = threading.Lock()
        try:
            self._process = subprocess.Popen(
                [*before, python, "-c", BOOT, PACKAGE_ROOT, ",".join(frameworks)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
        except OSError as error:
            raise ServerError(f"cannot start {python}: {error.strerror}; name another one with --python") from error
        self._read_ready(frameworks)
        threading.Thread(target=self._listen, daemon=True).start()

    def _read_ready(self, frameworks) -> None:
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise ServerError(
                f"{self.python} did not start: is it a Python of 3.11 or later? Name another one with --python"
            )
        ready = json.loads(line)
        self.versions, self.interpreter, self.forks = ready["versions"], ready["python"], ready["fork"]
        self.shadows = ready["shadow"]
        missing = [name for name in frameworks if self.versions[name].startswith("missing")]
        if missing and set(missing) >= set(frameworks) - {"numpy"}:
            self.close()
            raise ServerError(
                f"{self.python} has no {' or '.join(missing)}; activate the environment that your program runs in, "
                "or name its interpreter with --python"
            )

    def _listen(self) -> None:
        try:
            for line in self._process.stdout:
                answer = json.loads(line)
                with self._lock:
                    future = self._waiting.pop(answer["id"], None)
                if future is not None:
                    future.set_result(answer)
        except ValueError:
            pass
        self._die()

    def _die(self) -> None:
        with self._lock:
            self.dead = True
            waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            future.set_exception(Died())

    def ask(self, message: dict) -> dict:
        """Send a request, wait for its answer; raises ``Died``."""
        future: Future = Future()
        with self._lock:
            if self.dead:
                raise Died
            self._waiting[message["id"]] = future
            try:
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()
            except OSError:
                self._waiting.pop(message["id"])
                raise Died from None
        try:
            return future.result(message["timeout"] + PATIENCE + (IMPORTING if message["fresh"] else 0))
        except OutOfTime:
            self._process.kill()
            self._die()
            raise Died from None

    def close(self) -> None:
        """End the server; it ends its children. What a killed server left behind is ended too."""
        try:
            if not self._process.stdin.closed:
                self._process.stdin.write(json.dumps(END).encode() + b"\n")
            self._process.stdin.close()
        except OSError:
            pass
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode:
            end_marked(self.mark)


def end_marked(mark: str) -> None:
    """End every process that has inherited ``AUTOFIX_SCRATCH=mark``, or a place below ``mark`` (Linux)."""
    wanted = f"AUTOFIX_SCRATCH={mark}/".encode()
    for _ in range(100):
        found = [pid for pid in _others() if any((word + b"/").startswith(wanted) for word in _environment(pid))]
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


def _others() -> list[int]:
    if not os.path.isdir("/proc/self"):
        return []
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
