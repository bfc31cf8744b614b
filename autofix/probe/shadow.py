"""What the program writes into its own folders lands in memory: it sees it, and it is gone when the program ends.

A layer over each folder (overlayfs), in a mount namespace of this process's own. Every run begins with the files as
they are, so a program that resumes from its checkpoint repeats itself. Linux only, and not where a container or the
administrator forbids it: there, writes are refused.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
import tempfile

NEW_MOUNTS, NEW_USERS = 0x20000, 0x10000000
NO_SETUID, NO_DEVICES, BIND, RECURSIVE, FOLLOWING, AT_ONCE = 2, 4, 1 << 12, 1 << 14, 1 << 19, 2


def works() -> bool:
    """Whether this machine permits it, tried out in a child."""
    if sys.platform != "linux":
        return False
    folder = tempfile.mkdtemp(prefix="shadow-")
    pid = os.fork()
    if pid == 0:
        covered = False
        try:
            os.makedirs(os.path.join(folder, "scratch"))
            covered = cover([folder], os.path.join(folder, "scratch"), 1 << 20) == [folder]
        finally:
            os._exit(not covered)
    done = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    for place in (os.path.join(folder, "scratch", "written"), os.path.join(folder, "scratch"), folder):
        if os.path.isdir(place):
            os.rmdir(place)
    return done


def cover(folders, scratch: str, size: int) -> list[str]:
    """Lay layers of ``size`` bytes in all over the folders, outer ones first; gives those where it worked (a folder
    within one of them has no layer of its own). Needs a process of one thread."""
    mounts, options = _own_mounts()
    if mounts is None:
        return []
    layers = os.path.join(scratch, "written")
    os.makedirs(layers, exist_ok=True)
    if not mounts("tmpfs", layers, "tmpfs", NO_SETUID | NO_DEVICES, f"size={size},mode=0700"):
        return []
    covered: list[str] = []
    for number, folder in enumerate(folders):
        inside = any(folder.startswith(outer + os.sep) for outer in covered)
        if not inside and _lay(mounts, folder, os.path.join(layers, str(number)), scratch, options):
            covered.append(folder)
    return covered


def _own_mounts():
    """A namespace of mounts, and of users where we are not the administrator: ``mount`` there, and what overlays need."""
    libc = ctypes.CDLL(None, use_errno=True)
    options = "index=off"
    if libc.unshare(NEW_MOUNTS) != 0:
        users, groups = os.geteuid(), os.getegid()
        if libc.unshare(NEW_MOUNTS | NEW_USERS) != 0:
            return None, ""
        options = "userxattr"
        try:
            for name, text in (("setgroups", "deny"), ("uid_map", f"{users} {users} 1"), ("gid_map", f"{groups} {groups} 1")):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        except OSError:
            return None, ""

    def mount(what, where: str, kind, flags: int, said=None) -> bool:
        words = [None if word is None else os.fsencode(word) for word in (what, where, kind, said)]
        return libc.mount(*words[:3], ctypes.c_ulong(flags), words[3]) == 0

    mount(None, "/", None, RECURSIVE | FOLLOWING)
    return mount, options


def _lay(mount, folder: str, layer: str, scratch: str, options: str) -> bool:
    """One layer. What is mounted below the folder, and the scratch folder, stay what they are."""
    handles = []
    try:
        below = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        handles.append(below)
        kept = [(place, os.open(place, os.O_PATH)) for place in _kept(folder, scratch)]
        handles += [handle for _, handle in kept]
        for name in ("upper", "work"):
            os.makedirs(os.path.join(layer, name))
        _as_before(os.stat(folder), os.path.join(layer, "upper"))
        said = f"lowerdir=/proc/self/fd/{below},upperdir={layer}/upper,workdir={layer}/work,{options}"
        if not mount("overlay", folder, "overlay", NO_SETUID | NO_DEVICES, said):
            return False
        if all(mount(f"/proc/self/fd/{handle}", place, None, BIND | RECURSIVE) for place, handle in kept):
            return True
        ctypes.CDLL(None).umount2(os.fsencode(folder), AT_ONCE)
        return False
    except OSError:
        return False
    finally:
        for handle in handles:
            os.close(handle)


def _as_before(state: os.stat_result, upper: str) -> None:
    os.chmod(upper, stat.S_IMODE(state.st_mode))
    try:
        os.chown(upper, state.st_uid, state.st_gid)
    except OSError:
        pass


def _kept(folder: str, scratch: str) -> list[str]:
    with open("/proc/self/mountinfo", "rb") as file:
        places = [line.split(b" ")[4] for line in file]
    inside = [scratch, *(os.fsdecode(place.decode("unicode_escape").encode("latin-1")) for place in places)]
    found: list[str] = []
    for place in sorted(place for place in inside if place.startswith(folder + os.sep)):
        if not any(place.startswith(outer + os.sep) for outer in found) and place not in found:
            found.append(place)
    return found
