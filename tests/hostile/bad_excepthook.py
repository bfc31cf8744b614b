"""An excepthook that fails."""
import sys


def hook(*args):
    raise KeyError("hook")


sys.excepthook = hook
raise ValueError("the real one")
