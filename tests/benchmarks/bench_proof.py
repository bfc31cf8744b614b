"""What a proof costs: find + mend + prove per program, against two fresh runs of that program.

    python -m tests.benchmarks.bench_proof [--all] [NAME-PREFIX ...]

With prefixes that begin with ``tf_`` it measures TensorFlow's programs, in the interpreter that has it. The first
twenty programs, or all of them.

Prints ratios inside one run; the server's start is counted once for the folder.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from autofix.prove.server import ForkServer
from tests import tf_python
from tests.corpus import mend, programs

MOST = 20
ASKED = 0.2


def fresh(python: str, path: Path) -> float:
    """Seconds of one ``python FILE``."""
    start = time.perf_counter()
    subprocess.run([python, str(path)], capture_output=True, check=False, timeout=120)
    return time.perf_counter() - start


def main() -> None:
    wanted = [arg for arg in sys.argv[1:] if arg != "--all"] or ["detach", "numpy", "rewrap", "scalar", "no_grad"]
    framework = "tensorflow" if wanted[0].startswith("tf_") else "torch"
    python = tf_python.interpreter() if framework == "tensorflow" else sys.executable
    if python is None:
        sys.exit(tf_python.REASON)
    chosen = [p for p in programs("before.py", framework) if p.parent.name.startswith(tuple(wanted))]
    chosen = chosen if "--all" in sys.argv else chosen[:MOST]
    start = time.perf_counter()
    with ForkServer(python, ("numpy", framework)) as server:
        started = time.perf_counter() - start
        proofs = {}
        for path in chosen:
            begin = time.perf_counter()
            mend(server, path)
            proofs[path] = time.perf_counter() - begin
    runs = {path: 2 * fresh(python, path) for path in chosen}
    ratios = {path: (proofs[path] + started / len(chosen)) / runs[path] for path in chosen}
    for path in chosen:
        print(f"{path.parent.name:<28} proof {proofs[path]:6.2f} s   two fresh runs {runs[path]:6.2f} s   {ratios[path]:5.2f}")
    print(f"server start {started:.2f} s, spread over {len(chosen)} programs")
    above = sum(ratio > ASKED for ratio in ratios.values())
    print(f"ratio proof / two fresh runs: median {statistics.median(ratios.values()):.3f}, worst {max(ratios.values()):.3f}")
    print(f"{above} of {len(chosen)} above the asked {ASKED}")


if __name__ == "__main__":
    main()
