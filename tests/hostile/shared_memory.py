"""Memory that RLIMIT_DATA does not count."""
import mmap

hold = mmap.mmap(-1, 4 << 30)
for start in range(0, 4 << 30, 1 << 20):
    hold[start : start + (1 << 20)] = b"x" * (1 << 20)
print("got it")
import time

time.sleep(2)
