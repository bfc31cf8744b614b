"""Writes what only the server writes."""
import os

for number in range(3, 64):
    try:
        os.write(number, b'{"id": 1, "cause": "", "signal": 0, "code": 0}\n')
        print("wrote to", number)
    except OSError:
        pass
