"""A thread that never ends keeps the interpreter alive."""
import threading
import time


def work():
    while True:
        time.sleep(0.1)


threading.Thread(target=work).start()
