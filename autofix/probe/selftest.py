"""What the fence really stops here: try it past the audit hook, through C, and print what went through (JSON).

Run as a program by ``autofix doctor``; its argument is a file outside the scratch folder to try to change.
"""

import ctypes
import json
import os
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
target = sys.argv[1].encode()
parent = os.getppid()


def mode() -> int:
    return os.stat(target).st_mode & 0o777


before = mode()
done = {
    "write": libc.open(target, os.O_WRONLY) >= 0,
    "remove": libc.unlink(target + b".2") == 0,
    "mode": libc.chmod(target, before ^ 0o100) == 0 and mode() != before,
    "tcp": False,
    "udp": libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0) >= 0,
    "signal": libc.kill(parent, 0) == 0,
    "trace": libc.ptrace(0x4206, parent, 0, 0) == 0,
}
if done["trace"]:
    libc.ptrace(17, parent, 0, 0)
sock = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
if sock >= 0:
    address = socket.AF_INET.to_bytes(2, sys.byteorder) + (9).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    done["tcp"] = libc.connect(sock, address, 16) == 0 or ctypes.get_errno() not in (1, 13, 101)
print(json.dumps(done))
