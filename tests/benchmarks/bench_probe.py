"""What the probe costs: the time of a run under it over the time of the same run without it.

    python -m tests.benchmarks.bench_probe [NAME-PREFIX ...]

Both are forked children of one server, taken in turn; the programs run to their end.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from autofix.prove.server import ForkServer, Request
from tests.corpus import programs

TIMES = 5


def seconds(server: ForkServer, path: Path, probe: bool) -> float:
    """One run, all that the server does for it included."""
    start = time.perf_counter()
    server.run(Request(script=str(path), root=str(path.parent), probe=probe, limit=10**6))
    return time.perf_counter() - start


def main() -> None:
    wanted = tuple(sys.argv[1:])
    chosen = [path for path in programs("after.py") if path.parent.name.startswith(wanted or ("",))]
    ratios: dict[Path, float] = {}
    with ForkServer(sys.executable) as server:
        for path in chosen:
            pairs = [(seconds(server, path, True), seconds(server, path, False)) for _ in range(TIMES)]
            probed, bare = (min(times) for times in zip(*pairs))
            ratios[path] = probed / bare
            print(f"{path.parent.name:<32} with {1000 * probed:7.1f} ms   without {1000 * bare:7.1f} ms   {ratios[path]:5.2f}")
    worst = max(ratios, key=ratios.__getitem__)
    print(
        f"{len(ratios)} programs, probe / no probe: median {statistics.median(ratios.values()):.2f}, "
        f"worst {ratios[worst]:.2f} ({worst.parent.name})"
    )


if __name__ == "__main__":
    main()
