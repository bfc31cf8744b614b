"""As double_fork, after refusing to be handed orphans, and deaf to the death of its parent."""
import ctypes
import os
import time

libc = ctypes.CDLL(None)
libc.prctl(36, 0, 0, 0, 0)
libc.prctl(1, 0, 0, 0, 0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)
print("parent done")
