"""``autofix doctor``: what this machine offers, found by trying it."""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from pathlib import Path

from autofix import __version__
from autofix.probe import landlock
from autofix.prove.fence import Limits, bwrap_trouble
from autofix.prove.server import ForkServer, Request, ServerError

SELFTEST = str(Path(__file__).parent / "probe" / "selftest.py")
STOPS = {
    "write": "writing to files outside the scratch folder",
    "remove": "removing them",
    "mode": "changing their modes and owners",
    "tcp": "TCP connections",
    "udp": "UDP",
    "signal": "signals to processes it did not start",
    "trace": "tracing other processes",
}
NEVER = (
    "reading any file that you can read (so a program could print a secret into its own output)",
    "starting other programs; they are inside the same fence",
    "connecting to a UNIX socket by its path from C (the audit hook stops Python's own)",
    "leaving files in shared memory, /dev/shm",
    "lying about itself: the program shares its process with the probe",
)


def report(python: str = "") -> str:
    """The text of ``autofix doctor`` for the interpreter that runs the programs."""
    python = python or sys.executable
    lines = [
        f"autofix {__version__}, {platform.system()} {platform.release()} {platform.machine()}",
        f"interpreter    {python}",
    ]
    try:
        lines += _programs(python)
    except ServerError as error:
        lines.append(f"problem        {error}")
    lines += _limits()
    return "\n".join(lines)


def _programs(python: str) -> list[str]:
    """What can be run, how, and how well it is fenced in."""
    versions, fence = [], []
    for name in ("torch", "tensorflow"):
        try:
            with ForkServer(python, (name,)) as server:
                versions.append(f"{name:<15}{server.versions[name]}")
                fence = fence or _fence(server)
        except ServerError as error:
            if "has no" not in str(error):
                raise
            versions.append(f"{name:<15}not installed in this interpreter")
    return versions + (
        fence or ["problem        neither PyTorch nor TensorFlow: name your program's interpreter with --python"]
    )


def _fence(server: ForkServer) -> list[str]:
    way = (
        "forked children of one server" if server.forks else "a fresh process for each (this system cannot fork safely)"
    )
    lines = [
        f"{'runs in':<15}{way}",
        f"{'Landlock':<15}{_landlock()}",
        f"{'bubblewrap':<15}{bwrap_trouble() or 'works: --isolate bwrap'}",
    ]
    kept = "kept apart, and gone with the run" if server.shadows else "refused (no namespaces of mounts here)"
    lines.append(f"{'own files':<15}writes of a program into its project, its folder, the home folder and /tmp are {kept}")
    server.shadows = False  # or the self-test's writes seem to go through
    went_through = _try(server)
    if went_through is None:
        return [*lines, "isolation      unknown: the self-test did not run"]
    level = (
        "audit hook: stops accidents, not malice" if went_through["write"] else "kernel: stops malice as far as listed"
    )
    lines.append(f"{'isolation':<15}{level}")
    lines += _listing("stopped", [text for name, text in STOPS.items() if not went_through[name]])
    return lines + _listing("NOT stopped", [*(text for name, text in STOPS.items() if went_through[name]), *NEVER])


def _listing(title: str, texts) -> list[str]:
    return [f"{title if number == 0 else '':<15}{text}" for number, text in enumerate(texts)]


def _try(server: ForkServer) -> dict[str, bool] | None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "target")
        for path in (target, Path(folder, "target.2")):
            path.write_text("untouched")
        request = Request(script=SELFTEST, root=folder, args=(str(target),), cwd=folder, probe=False, timeout=20)
        try:
            return json.loads(server.run(request).stdout)
        except ValueError:
            return None


def _landlock() -> str:
    version = landlock.abi()
    if version == 0:
        return "not in this kernel (Linux 5.13 and later have it)"
    missing = [text for least, text in ((2, "moves"), (3, "truncation"), (4, "TCP"), (6, "signals")) if version < least]
    return f"ABI {version}" + (f", too old to cover {', '.join(missing)}" if missing else "")


def _limits() -> list[str]:
    limits = Limits()
    counted = f"{limits.memory >> 30} GB of memory a process, {limits.processes} processes, {limits.files} open files"
    written = f"{limits.output >> 20} MB printed, {limits.disk >> 30} GB written; time by --timeout"
    return [f"{'limits':<15}{counted}, {written}"]
