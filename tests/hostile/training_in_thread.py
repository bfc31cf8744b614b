"""The main thread ends first; Python waits for the other."""
import threading
import time


def work():
    time.sleep(0.3)
    print("worked")


threading.Thread(target=work).start()
