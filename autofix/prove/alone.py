"""Run one program in a fresh process that we look after ourselves, where there is no fork server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from autofix.prove.link import PACKAGE_ROOT, end_marked

IMPORTING = 60


def run(python: str, message: dict, environment: dict[str, str]) -> dict:
    """What the server would have answered: ``cause``, ``signal``, ``code``."""
    scratch = Path(message["scratch"])
    message = {**message, "protected": [os.getpid()]}
    (scratch / "request.json").write_text(json.dumps(message), encoding="utf-8")
    process = subprocess.Popen(
        [python, os.path.join(PACKAGE_ROOT, "autofix", "probe", "fresh.py"), str(scratch)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    cause = _wait(process, scratch, message)
    _end(process)
    end_marked(environment["AUTOFIX_SCRATCH"])
    code = process.returncode
    return {"cause": cause, "signal": -code if code < 0 else 0, "code": -1 if code < 0 else code}


def _wait(process, scratch: Path, message: dict) -> str:
    """Until it ends or is beyond a limit; the limit's name."""
    deadline, importing = time.monotonic() + message["timeout"] + IMPORTING, True
    while process.poll() is None:
        now = time.monotonic()
        if importing and (scratch / "ready").exists():
            deadline, importing = now + message["timeout"], False
        if now >= deadline:
            return "timeout"
        if (
            sum(path.stat().st_size for path in (scratch / "stdout", scratch / "stderr") if path.exists())
            > message["limits"]["output"]
        ):
            return "output"
        time.sleep(0.02)
    return ""


def _end(process) -> None:
    """The process and its group."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.wait()
