"""Landlock by hand: from here on, the kernel refuses this process and its children writes and connections.

Nothing here raises; where the kernel has no Landlock, ``abi()`` is 0 and ``restrict`` gives False.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
WRITE_FILE, TRUNCATE, REFER = 1 << 1, 1 << 14, 1 << 13
# Everything that changes a folder: remove, make; reading and executing stay free.
CHANGE = sum(1 << bit for bit in range(4, 13))
TCP = 0b11
SIGNALS_AND_ABSTRACT_SOCKETS = 0b11


def abi() -> int:
    """The version of Landlock that this kernel speaks, 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None).syscall(CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def restrict(folders, files, network: bool) -> bool:
    """Allow writing only below ``folders`` and to ``files``; TCP only with ``network``. Needs no_new_privs."""
    version = abi()
    if version == 0:
        return False
    everything = WRITE_FILE | CHANGE | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    rules = struct.pack(
        "QQQ", everything, 0 if network or version < 4 else TCP, SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    call = ctypes.CDLL(None).syscall
    ruleset = call(CREATE, rules, ctypes.c_size_t(size), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    for path in folders:
        _allow(call, ruleset, path, everything)
    for path in files:
        _allow(call, ruleset, path, everything & (WRITE_FILE | TRUNCATE))
    done = call(RESTRICT, ruleset, ctypes.c_uint(0)) == 0
    os.close(ruleset)
    return done


def _allow(call, ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    call(ADD_RULE, ruleset, ctypes.c_uint(1), struct.pack("=Qi", access, handle), ctypes.c_uint(0))
    os.close(handle)
