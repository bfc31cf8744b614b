"""A filter on system calls: what Landlock leaves open (modes, UDP, tracing, signals on old kernels) is closed here.

Changing modes, owners and times *seems* to succeed and does nothing: ``shutil.copy`` ends with a chmod, and a
program must not die of that. The audit hook has refused it before where it matters to the user.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

# name: number on x86_64, number on aarch64 (0: not there)
SEEMS_DONE = {
    "chmod": (90, 0), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, 0), "lchown": (94, 0), "fchown": (93, 55), "fchownat": (260, 54),
    "utime": (132, 0), "utimes": (235, 0), "futimesat": (261, 0), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}  # fmt: skip
REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsmount": (432, 432), "open_tree": (428, 428), "mount_setattr": (442, 442),
    "unshare": (272, 97), "setns": (308, 268), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "iopl": (172, 0), "ioperm": (173, 0),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "quotactl": (179, 60), "acct": (163, 89),
    "open_by_handle_at": (304, 265),
}  # fmt: skip
SIGNALLING = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
}  # fmt: skip
SOCKET, IO_URING_SETUP = (41, 198), (425, 425)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
AF_UNIX = 1
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16


def restrict(writes: bool, network: bool, protected) -> bool:
    """Install the filter. ``protected``: processes that must get no signal. Needs no_new_privs."""
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES or sys.byteorder != "little":
        return False
    code = b"".join(_program(*ARCHITECTURES[platform.machine()], writes, network, protected))
    held = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    return ctypes.CDLL(None).prctl(22, ctypes.c_ulong(2), header, ctypes.c_ulong(0), ctypes.c_ulong(0)) == 0


def _program(column: int, architecture: int, writes: bool, network: bool, protected):
    yield _step(LOAD, ARCHITECTURE)
    yield _step(JUMP_EQUAL, architecture, 1, 0)
    yield _step(RETURN, ERRNO | errno.EPERM)
    yield _step(LOAD, NUMBER)
    if column == 0:
        yield from _when(1 << 30, ERRNO | errno.ENOSYS, JUMP_AT_LEAST)  # the x32 numbers
    yield from _when(IO_URING_SETUP[column], ERRNO | errno.ENOSYS)
    for numbers in REFUSED.values():
        yield from _when(numbers[column], ERRNO | errno.EPERM)
    for numbers in () if writes else SEEMS_DONE.values():
        yield from _when(numbers[column], ERRNO)
    everyone = -1 & 0xFFFFFFFF
    for numbers in SIGNALLING.values():
        refused = [_step(JUMP_EQUAL, pid, len(protected) - place + 1, 0) for place, pid in enumerate(protected)]
        yield _step(JUMP_EQUAL, numbers[column], 0, len(refused) + 4)
        yield _step(LOAD, FIRST_ARGUMENT)
        yield from refused
        yield _step(JUMP_EQUAL, everyone, 1, 0)
        yield _step(RETURN, ALLOW)
        yield _step(RETURN, ERRNO | errno.EPERM)
    if not network:
        yield _step(JUMP_EQUAL, SOCKET[column], 0, 4)
        yield _step(LOAD, FIRST_ARGUMENT)
        yield _step(JUMP_EQUAL, AF_UNIX, 1, 0)
        yield _step(RETURN, ERRNO | errno.EACCES)
        yield _step(RETURN, ALLOW)
    yield _step(RETURN, ALLOW)


def _when(number: int, result: int, test: int = JUMP_EQUAL):
    if number:
        yield _step(test, number, 0, 1)
        yield _step(RETURN, result)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
