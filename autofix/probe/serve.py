"""The fork server: imports the frameworks once, runs each program in a forked child.

Speaks JSON, one object a line: a request on standard input, an answer on standard output when its child
has ended. The server itself never runs an operation of a framework: a child of a process that did hangs.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import sys
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from os import _exit  # the child's run replaces os._exit

from autofix.probe import processes, shadow

END = "end"
"""The last request of one who ends in order."""
TICK = 0.1
IMPORTING = 30
"""Seconds that a fresh process has to import the frameworks; its own time starts afterwards."""
GRACE = 0.5
"""Seconds that a program has to leave a record when its time is up."""


@dataclass(slots=True)
class Running:
    """A child at work. ``cause``: why we end it (timeout, output, disk, memory, processes)."""

    id: int
    pid: int
    scratch: str
    limits: dict
    timeout: float
    deadline: float
    measured: float
    importing: bool
    cause: str = ""


class Server:
    """Starts children, ends those that are beyond a limit, answers for each."""

    def __init__(self, answers, sys_path: list[str]):
        self.answers = answers
        self.sys_path = sys_path
        self.running: dict[int, Running] = {}
        self.requests = -1
        self.tasks = (0.0, 0)
        self.imported = processes.memory(os.getpid())
        """Memory that the frameworks hold: every child has it too."""

    # -- start ------------------------------------------------------------------------------------

    def start(self, request: dict) -> None:
        request["protected"] = [os.getpid(), os.getppid(), -os.getpgid(0)]
        request["limits"]["tasks"] = self._tasks(request["limits"])
        try:
            pid = os.fork()
        except OSError as error:
            self._answer(
                {"id": request["id"], "cause": f"cannot start a process: {error.strerror}", "signal": 0, "code": -1}
            )
            return
        if pid == 0:
            self._become(request)
        now = time.monotonic()
        fresh, timeout = request["fresh"], request["timeout"]
        self.running[os.pidfd_open(pid)] = Running(
            id=request["id"],
            pid=pid,
            scratch=request["scratch"],
            limits=request["limits"],
            timeout=timeout,
            deadline=now + timeout + (IMPORTING if fresh else 0),
            measured=now,
            importing=fresh,
        )

    def _tasks(self, limits: dict) -> int:
        if os.getuid() == 0:
            return 0
        now = time.monotonic()
        if now - self.tasks[0] > 1:
            self.tasks = (now, processes.tasks_of_user())
        return self.tasks[1] + limits["processes"] * (2 + (os.cpu_count() or 1))

    def _become(self, request: dict) -> None:
        code = 70
        try:
            os.setsid()
            for handle in (self.answers.fileno(), self.requests, *self.running):
                os.close(handle)
            if request["fresh"]:
                self._exec(request)
            from autofix.probe.child import run_request, set_up

            request["sys_path"] = self.sys_path
            set_up(request)
            code = run_request(request)
        except BaseException:
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
        finally:
            _exit(code & 0xFF)

    def _exec(self, request: dict) -> None:
        with open(os.path.join(request["scratch"], "request.json"), "w", encoding="utf-8") as handle:
            json.dump(request, handle)
        here = os.path.dirname(os.path.abspath(__file__))
        os.execv(sys.executable, [sys.executable, os.path.join(here, "fresh.py"), request["scratch"]])

    # -- end --------------------------------------------------------------------------------------

    def check(self, entry: Running) -> None:
        """End a child that is beyond a limit: politely first where it can still leave a record."""
        now = time.monotonic()
        if entry.cause:
            if now >= entry.deadline:
                processes.kill(entry.pid)
            return
        if entry.importing and os.path.exists(os.path.join(entry.scratch, "ready")):
            entry.importing, entry.deadline = False, now + entry.timeout
        if now >= entry.deadline:
            self._last_call(entry, "timeout")
        elif now - entry.measured >= TICK:
            entry.measured = now
            self._measure(entry)

    def _measure(self, entry: Running) -> None:
        limits = entry.limits
        everyone = processes.tree(entry.pid, limits["processes"] + 1)
        printed = sum(_length(os.path.join(entry.scratch, name)) for name in ("stdout", "stderr"))
        if len(everyone) > limits["processes"] + 1:
            self._end(entry, "processes")
        elif any(processes.memory(pid) > limits["memory"] + self.imported for pid in everyone):
            self._end(entry, "memory")
        elif printed > limits["output"]:
            self._last_call(entry, "output")
        elif processes.size(entry.scratch) > limits["disk"]:
            self._end(entry, "disk")

    def _last_call(self, entry: Running, cause: str) -> None:
        entry.cause, entry.deadline = cause, time.monotonic() + GRACE
        os.kill(entry.pid, signal.SIGRTMAX - 2)

    def _end(self, entry: Running, cause: str) -> None:
        entry.cause = cause
        processes.kill(entry.pid, group=True)
        processes.kill(entry.pid)

    def reap(self, handle: int) -> None:
        """The child is dead, or must be: end what it started, answer."""
        entry = self.running.pop(handle)
        processes.kill(entry.pid, group=True)
        processes.kill(entry.pid)
        _, status = os.waitpid(entry.pid, 0)
        os.close(handle)
        processes.end_orphans({other.pid for other in self.running.values()})
        signalled = os.WIFSIGNALED(status)
        self._answer(
            {
                "id": entry.id,
                "cause": entry.cause,
                "signal": os.WTERMSIG(status) if signalled else 0,
                "code": -1 if signalled else os.WEXITSTATUS(status),
            }
        )

    def _answer(self, answer: dict) -> None:
        try:
            self.answers.write(json.dumps(answer).encode() + b"\n")
            self.answers.flush()
        except BrokenPipeError:  # who asked was killed
            pass

    # -- the loop ---------------------------------------------------------------------------------

    def serve(self, requests: int) -> bool:
        """Until ``requests`` closes; whether we were told to end, and not left alone by one who was killed."""
        self.requests = requests
        buffer, told = b"", False
        while True:
            ready, _, _ = select.select([requests, *self.running], [], [], TICK if self.running else None)
            for handle in [h for h in ready if h in self.running]:
                self.reap(handle)
            for entry in self.running.values():
                self.check(entry)
            if requests in ready:
                chunk = os.read(requests, 1 << 20)
                if not chunk:
                    break
                *lines, buffer = (buffer + chunk).split(b"\n")
                for request in map(json.loads, lines):
                    if request == END:
                        told = True
                    else:
                        self.start(request)
        for handle in list(self.running):
            self.reap(handle)
        return told


def _length(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def preload(names) -> dict:
    """Import what the programs will want; gives the versions, or the reason why one is missing."""
    versions = {}
    for name in names:
        try:
            with _hushed() if name == "tensorflow" else nullcontext():
                module = __import__(name)
            versions[name] = getattr(module, "__version__", "")
        except Exception as error:
            versions[name] = f"missing: {error}"
    if "torch" in names and not versions["torch"].startswith("missing"):
        import torch._dynamo  # noqa: F401  torch.optim imports it late: a hidden second per program

        import autofix.probe.torch_hooks
    if "tensorflow" in names and not versions["tensorflow"].startswith("missing"):
        import autofix.probe.tf_hooks  # noqa: F401  imports only: no operation may run here
    return versions


@contextmanager
def _hushed():
    """TensorFlow greets on standard error when it is imported."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def can_fork() -> bool:
    """Whether programs can run in forked children here; else each needs a fresh process."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def become_subreaper() -> None:
    """Processes whose parents died come to this one, so that it can end them."""
    import ctypes

    ctypes.CDLL(None).prctl(36, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


def main(names, sys_path: list[str]) -> None:
    """Serve until standard input closes."""
    requests = os.dup(0)
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import autofix.probe.child
    import autofix.probe.tracked  # noqa: F401  imported once, for all children

    versions = preload(names)
    forks = can_fork()
    if forks:
        become_subreaper()
    gc.collect()
    gc.freeze()
    server = Server(answers, sys_path)
    server._answer({"ready": True, "versions": versions, "python": sys.version.split()[0], "fork": forks, "shadow": shadow.works()})
    if forks and not server.serve(requests):
        shutil.rmtree(os.path.dirname(os.environ["AUTOFIX_SCRATCH"]), ignore_errors=True)
