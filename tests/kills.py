"""``kill -9`` of ``autofix --write`` at random moments: every file is its old or its new self, nobody survives,
nothing stays behind, and no traceback is printed.

    python -m tests.kills [--count 50]
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OLD = b"""\
import torch

w = torch.tensor([0.5, -1.5], requires_grad=True)
y = (w * w).detach()
loss = (y * 3).sum()
loss.backward()
print(w.grad)
"""
NEW = OLD.replace(b"(w * w).detach()", b"w * w")
FILES = 8
MARK = "AUTOFIX_TEST_MARK"
PATIENCE = 200
"""Tenths of a second: a server that is importing a framework notices only then that nobody asks any more."""


def survivors(mark: str) -> list[int]:
    """Processes that carry the mark in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill_once(delay: float, writing: bool = False) -> tuple[int, int, str | None]:
    """Start, kill after ``delay`` seconds: how many files were new, how long the last child lived on, what is wrong.

    ``writing``: kill as soon as the first file is written, if that is sooner.
    """
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as scratch:
        folder = Path(name)
        for number in range(FILES):
            (folder / f"program_{number}.py").write_bytes(OLD)
        mark = f"{os.getpid()}-{random.random()}"
        process = subprocess.Popen(
            [sys.executable, "-m", "autofix", "--write", "."],
            cwd=folder,
            env={**os.environ, MARK: mark, "TMPDIR": scratch},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + delay
        while process.poll() is None and time.monotonic() < deadline:
            if writing and any(path.stat().st_size != len(OLD) for path in folder.glob("*.py")):
                break
            time.sleep(0.0002 if writing else 0.01)
        process.kill()
        process.wait()
        with process.stderr as said:
            printed = said.read()
        left, waited = survivors(mark), 0
        while left and waited < PATIENCE:
            time.sleep(0.1)
            left, waited = survivors(mark), waited + 1
        files = {path.name: path.read_bytes() for path in folder.glob("*.py")}
        broken = [file for file, raw in files.items() if raw not in (OLD, NEW)]
        wrong = None
        if broken or len(files) != FILES:
            wrong = f"after {delay:.2f} s: {broken or sorted(files)}"
        elif left:
            wrong = f"after {delay:.2f} s: processes {left} live on"
        elif stale := os.listdir(scratch):
            wrong = f"after {delay:.2f} s: {stale} stays behind"
        elif b"Traceback" in printed:
            wrong = f"after {delay:.2f} s: {printed.decode()}"
        return sum(raw == NEW for raw in files.values()), waited, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()
    start = time.perf_counter()
    kill_once(600)
    whole = time.perf_counter() - start
    rng = random.Random(5)
    wrong, new, partly = [], 0, 0
    for number in range(options.count):
        # Half of the moments where the files are written.
        some, _, trouble = kill_once(600, writing=True) if number % 2 else kill_once(rng.uniform(0.1, 1.1 * whole))
        new += some
        partly += 0 < some < FILES
        wrong += [trouble] if trouble else []
    print("\n".join(wrong))
    print(
        f"{options.count} kills of a run of {whole:.1f} s: {new} of {options.count * FILES} files were written by then, "
        f"{partly} kills came between two files, {len(wrong)} went wrong"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
