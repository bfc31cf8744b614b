"""Reaches for its parent's memory and files."""
import ctypes
import os

libc = ctypes.CDLL(None)
parent = os.getppid()
print(libc.ptrace(16, parent, 0, 0))
for name in ("mem", "fd/1", "fd/4"):
    try:
        os.close(os.open(f"/proc/{parent}/{name}", os.O_RDWR))
        print("open", name)
    except OSError as error:
        print(type(error).__name__)
