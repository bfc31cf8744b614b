"""signal.alarm with a handler."""
import signal


def handler(number, frame):
    raise TimeoutError("slow")


signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.1)
while True:
    pass
