"""Recursion through C, with the limit taken away: the stack ends."""
import sys

sys.setrecursionlimit(10**9)


class A:
    def __getattr__(self, name):
        return getattr(self, name + "x")


repr_of = type("R", (), {"__repr__": lambda self: repr(self)})
repr(repr_of())
