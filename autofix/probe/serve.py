"""The fork server: imports the frameworks once, runs each program in a forked child.

Speaks JSON, one object a line: a request on standard input, an answer on standard output when its child
has ended. The server itself never runs an operation of a framework: a child of a process that did hangs.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time


class Server:
    """Starts children, ends those that are out of time, answers for each."""

    def __init__(self, answers, sys_path: list[str]):
        self.answers = answers
        self.sys_path = sys_path
        self.running: dict[int, dict] = {}

    def start(self, request: dict) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(request)
        handle = os.pidfd_open(pid)
        self.running[handle] = {"id": request["id"], "pid": pid, "deadline": time.monotonic() + request["timeout"]}

    def _become(self, request: dict) -> None:
        code = 70
        try:
            os.setsid()
            os.close(self.answers.fileno())
            from autofix.probe.child import run_request

            code = run_request({**request, "sys_path": self.sys_path})
        except BaseException:
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code & 0xFF)

    def reap(self, handle: int, timed_out: bool = False) -> None:
        entry = self.running.pop(handle)
        if timed_out:
            _kill_group(entry["pid"])
        _, status = os.waitpid(entry["pid"], 0)
        _kill_group(entry["pid"])
        os.close(handle)
        signalled = os.WIFSIGNALED(status)
        self._answer(
            {
                "id": entry["id"],
                "timed_out": timed_out,
                "signal": os.WTERMSIG(status) if signalled else 0,
                "code": -1 if signalled else os.WEXITSTATUS(status),
            }
        )

    def _answer(self, answer: dict) -> None:
        self.answers.write(json.dumps(answer).encode() + b"\n")
        self.answers.flush()

    def serve(self, requests: int) -> None:
        buffer = b""
        while True:
            now = time.monotonic()
            wait = min((e["deadline"] - now for e in self.running.values()), default=None)
            ready, _, _ = select.select([requests, *self.running], [], [], None if wait is None else max(0, wait))
            for handle in [h for h in ready if h in self.running]:
                self.reap(handle)
            now = time.monotonic()
            for handle in [h for h, e in self.running.items() if e["deadline"] <= now]:
                self.reap(handle, timed_out=True)
            if requests in ready:
                chunk = os.read(requests, 1 << 20)
                if not chunk:
                    break
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    self.start(json.loads(line))
        for handle in list(self.running):
            self.reap(handle, timed_out=True)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def preload(names) -> dict:
    """Import what the programs will want; gives the versions, or the reason why one is missing."""
    versions = {}
    for name in names:
        try:
            module = __import__(name)
            versions[name] = getattr(module, "__version__", "")
        except Exception as error:
            versions[name] = f"missing: {error}"
    if "torch" in names and not versions["torch"].startswith("missing"):
        import torch._dynamo  # noqa: F401  torch.optim imports it late: a hidden second per program

        import autofix.probe.torch_probe  # noqa: F401
    return versions


def main(names, sys_path: list[str]) -> None:
    """Serve until standard input closes."""
    requests = os.dup(0)
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import autofix.probe.child  # noqa: F401
    import autofix.probe.tracked  # noqa: F401

    versions = preload(names)
    gc.collect()
    gc.freeze()
    server = Server(answers, sys_path)
    server._answer({"ready": True, "versions": versions, "python": sys.version.split()[0]})
    server.serve(requests)
