"""What a program that autofix runs may use and touch, and how far this machine can hold it to that."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use, beside its time. Bytes and counts."""

    memory: int = 8 * GIGABYTE
    """Private memory of each process, beyond what the imported frameworks hold."""
    processes: int = 64
    """Processes that the program has alive at one time."""
    files: int = 4096
    """Open files of each process."""
    output: int = 64 << 20
    """What it prints."""
    disk: int = 2 * GIGABYTE
    """What it writes into the scratch folder, and the largest file anywhere."""


def writable(root: str, cwd: str) -> list[str]:
    """What ``--allow-write`` opens: the project, the current folder, the user's caches."""
    return [os.path.abspath(path) for path in (root, cwd, os.path.expanduser("~/.cache"))]


def shadowed(root: str, cwd: str) -> list[str]:
    """Where programs write as a rule: the project, the current folder, the home folder, ``/tmp``; outer ones first."""
    usual = (root, cwd, os.path.expanduser("~"), "/tmp")
    folders = {os.path.realpath(path) for path in usual if os.path.isdir(path)} - {os.sep}
    return sorted(folders, key=len)


def bwrap_command(scratch: str, write: list[str], network: bool) -> list[str]:
    """The words before ``python ...`` that run it in bubblewrap: a read-only system, processes of its own."""
    words = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--ro-bind", "/", "/"]
    words += ["--dev", "/dev", "--proc", "/proc", "--bind", scratch, scratch]
    for path in write:
        if os.path.isdir(path):
            words += ["--bind", path, path]
    if network:
        return words
    sockets = [] if os.getcwd().startswith("/run/") else ["--tmpfs", "/run"]
    return [*words, *sockets, "--unshare-net"]


def bwrap_trouble() -> str:
    """Why bubblewrap cannot be used here; empty where it can."""
    if shutil.which("bwrap") is None:
        return "bwrap is not installed (Debian, Ubuntu, Fedora: the package bubblewrap)"
    command = [*bwrap_command("/tmp", [], False), "true"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not start: {error}"
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["bwrap fails"])[-1]


def as_message(limits: Limits) -> dict[str, int]:
    """The limits as the probe reads them."""
    return {name: getattr(limits, name) for name in limits.__dataclass_fields__}
