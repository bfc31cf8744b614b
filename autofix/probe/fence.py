"""The fence around one run, put up from within the child before the program's first line.

Request keys it reads: ``scratch``, ``limits``, ``isolate`` (auto, hook), ``shadow`` (folders to write into without
changing them), ``allow_write`` (folders), ``allow_network``, ``protected`` (processes). Order matters: the kernel's part needs a single thread, so it comes before any import.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

from autofix.probe import landlock, seccomp, shadow
from autofix.probe.refusals import Refusals

try:
    import resource
except ImportError:  # Windows
    resource = None

NO_NEW_PRIVS, SUBREAPER, PARENT_DEATH_SIGNAL = 38, 36, 1
READ_ANY, WRITE_ANY = 1 << 2, 1 << 1
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx")
GPUS = ("nvidia", "dri", "kfd", "dxg")


def enter(request: dict) -> None:
    """The kernel's part: capabilities, Landlock, the filter on system calls, orphans come back to this process."""
    if sys.platform != "linux":
        return
    request["shadow"] = shadow.cover(request["shadow"], request["scratch"], request["limits"]["disk"])
    prctl = ctypes.CDLL(None).prctl
    zero = ctypes.c_ulong(0)

    def control(option: int, value: int) -> None:
        prctl(option, ctypes.c_ulong(value), zero, zero, zero)

    control(SUBREAPER, 1)
    control(PARENT_DEATH_SIGNAL, 9)
    if os.getppid() not in request["protected"]:
        os._exit(70)  # the server died before this process could ask to die with it
    _first_to_go()
    if request["isolate"] == "hook":
        return
    allow_write, allow_network = request["allow_write"], request["allow_network"]
    control(NO_NEW_PRIVS, 1)
    landlock.restrict(writable_folders(request), writable_files(), allow_network)
    seccomp.restrict(bool(allow_write), allow_network, [pid & 0xFFFFFFFF for pid in request["protected"]])
    if os.geteuid() == 0:
        _drop_capabilities(READ_ANY | (WRITE_ANY if allow_write else 0))
    elif request["shadow"]:  # in a namespace of its own every user is an administrator
        _drop_capabilities(0)


def limit(limits: dict, timeout: float) -> None:
    """The limits that the system counts itself; what it cannot count, the server looks after."""
    if resource is None:
        return
    cpu = int(timeout * (os.cpu_count() or 1)) + 2
    for name, value in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", cpu),
        ("RLIMIT_DATA", _data_in_use() + limits["memory"]),
        ("RLIMIT_FSIZE", limits["disk"]),
        ("RLIMIT_NOFILE", limits["files"]),
        ("RLIMIT_NPROC", limits.get("tasks", 0)),
    ):
        which = getattr(resource, name, None)
        if which is None or (name == "RLIMIT_NPROC" and not value):
            continue
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(
                which, (value, value + 1 if name == "RLIMIT_CPU" and hard == resource.RLIM_INFINITY else value)
            )
        except (ValueError, OSError):
            pass


def watch(request: dict) -> Refusals:
    """Install the audit hook."""
    scratch = request["scratch"]
    refusals = Refusals(
        os.path.join(scratch, "refused"),
        writable_folders(request),
        writable_files(),
        request["allow_network"],
        (-1, *request["protected"]),
    )
    refusals.install()
    if "torch" in sys.modules:
        refusals.explain_torch_save(sys.modules["torch"].serialization)
    return refusals


def environment(scratch: str, network: bool) -> dict[str, str]:
    """Where the program's tools may keep their files, and no windows."""
    tmp = os.path.join(scratch, "tmp")
    caches = ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "NUMBA_CACHE_DIR", "WANDB_DIR", "JOBLIB_TEMP_FOLDER")
    values = {name: os.path.join(tmp, name.lower()) for name in caches}
    values.update({name: tmp for name in ("TMPDIR", "TEMP", "TMP")})
    values.update(MPLBACKEND="Agg", MPLCONFIGDIR=os.path.join(tmp, "matplotlib"), PYTHONDONTWRITEBYTECODE="1")
    if not network:
        values.update(WANDB_MODE="disabled", HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    return values


def lend_matplotlib(folder: str) -> None:
    """The user's settings and list of fonts (a second's work to make anew), to read."""
    home = os.path.expanduser("~")
    for place in (
        os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "matplotlib"),
        os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "matplotlib"),
    ):
        for name in os.listdir(place) if os.path.isdir(place) else ():
            if name == "matplotlibrc" or name.startswith("fontlist"):
                os.makedirs(folder, exist_ok=True)
                os.symlink(os.path.join(place, name), os.path.join(folder, name))


def writable_folders(request: dict) -> list[str]:
    """Below these the program may write. Shared memory is one: locks, DataLoader workers need it."""
    return [path for path in (request["scratch"], "/dev/shm", *request["shadow"], *request["allow_write"]) if os.path.isdir(path)]


def writable_files() -> list[str]:
    """Devices that are no danger to write to."""
    if not os.path.isdir("/dev"):
        return [os.devnull]
    found = [f"/dev/{name}" for name in os.listdir("/dev") if name in DEVICES or name.startswith(GPUS)]
    for path in list(found):
        if os.path.isdir(path):
            found.extend(os.path.join(path, name) for name in os.listdir(path))
    return [path for path in found if not os.path.isdir(path)]


def _data_in_use() -> int:
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmData")) * 1024
    except (OSError, StopIteration):
        return 0


def _first_to_go() -> None:
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")
    except OSError:
        pass


def _drop_capabilities(keep: int) -> None:
    header = struct.pack("Ii", 0x20080522, 0)
    ctypes.CDLL(None).capset(header, struct.pack("6I", keep, keep, 0, 0, 0, 0))
