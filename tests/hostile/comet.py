"""Every process forks its successor into a new session and ends at once."""
import os
import time

if os.fork() == 0:
    while True:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(0.0005)
        if os.fork():
            os._exit(0)
time.sleep(0.2)
