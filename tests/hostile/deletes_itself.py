"""Deletes its own source."""
import os

os.remove(__file__)
