"""Leaves by the back door."""
import os

print("here")
os._exit(3)
