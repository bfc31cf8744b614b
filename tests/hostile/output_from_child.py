"""A flood from a child that Python knows nothing of."""
import subprocess

subprocess.run(["yes", "x" * 4000])
