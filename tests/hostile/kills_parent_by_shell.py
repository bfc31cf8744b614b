"""The same from a shell, and all else it may signal."""
import os
import subprocess

for what in ("KILL", "STOP"):
    print(subprocess.run(["sh", "-c", f"kill -{what} {os.getppid()}"], capture_output=True).returncode)
