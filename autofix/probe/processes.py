"""Who descends from a process, what it uses, and how to end all of it (Linux; reads /proc)."""

from __future__ import annotations

import os
import signal

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
KERNEL_LISTS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def children(pid: int) -> list[int]:
    """The processes that ``pid`` is the parent of now."""
    if not KERNEL_LISTS_CHILDREN:
        return [child for child, parent in _parents() if parent == pid]
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as listing:
                found.extend(int(child) for child in listing.read().split())
    except OSError:
        pass
    return found


def _parents():
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                    yield int(name), int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                pass


def tree(pid: int, most: int = 10_000) -> list[int]:
    """``pid`` and all that descend from it; stops looking after ``most``."""
    found = [pid]
    for process in found:
        if len(found) > most:
            break
        found.extend(children(process))
    return found


def memory(pid: int) -> int:
    """Bytes of memory that the process holds now."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def kill(pid: int, group: bool = False) -> None:
    try:
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_orphans(mine) -> None:
    """End the children of this process that are not in ``mine``, and their children, until there are none.

    A subreaper is handed every descendant whose parent died: what a finished run left behind arrives here,
    whatever sessions and groups it hid in.
    """
    while True:
        orphans = [pid for pid in children(os.getpid()) if pid not in mine]
        if not orphans:
            return
        for pid in orphans:
            kill(pid)
        for pid in orphans:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass


def tasks_of_user() -> int:
    """How many threads this user runs on the machine: what RLIMIT_NPROC counts."""
    user, count = os.getuid(), 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += os.stat(f"/proc/{name}/task").st_nlink - 2
            except OSError:
                pass
    return count


def size(folder: str, most: int = 20_000) -> int:
    """Bytes in a folder; more than ``most`` files count as endless."""
    total = count = 0
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    count += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if count > most:
                        return 1 << 62
        except OSError:
            pass
    return total
