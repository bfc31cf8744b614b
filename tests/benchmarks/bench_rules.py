"""Whether the time of one program grows with the number of rules: the whole way with ours, and with ten times as many.

    python -m tests.benchmarks.bench_rules [NAME-PREFIX ...]

The other rules are copies of ours for operations that no program has; each pair is measured one after the other.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from autofix.mend import rules
from autofix.prove.server import ForkServer
from tests.corpus import mend, programs

MOST, TIMES = 12, 10


def grown() -> tuple[rules.Rule, ...]:
    """Our rules, and copies of them until there are ten times as many."""
    ours = rules.all_rules()
    copies = [
        replace(rule, code=f"{rule.code}-{number}", ops=frozenset(f"{op}#{number}" for op in rule.ops))
        for number in range(1, TIMES)
        for rule in ours
    ]
    return (*ours, *copies)


def seconds(server: ForkServer, path: Path, known: tuple[rules.Rule, ...]) -> float:
    """The whole way of one program with these rules."""
    rules.rules_for.cache_clear()
    kept, rules.all_rules = rules.all_rules, lambda: known
    try:
        begin = time.perf_counter()
        mend(server, path)
        return time.perf_counter() - begin
    finally:
        rules.all_rules = kept


def main() -> None:
    wanted = tuple(sys.argv[1:]) or ("detach", "no_grad", "module_list", "rebound")
    chosen = [path for path in programs("before.py") if path.parent.name.startswith(wanted)][:MOST]
    ours, many = rules.all_rules(), grown()
    ratios = []
    with ForkServer(sys.executable) as server:
        mend(server, chosen[0])
        for path in chosen:
            few, more = seconds(server, path, ours), seconds(server, path, many)
            ratios.append(more / few)
            print(f"{path.parent.name:<28} {len(ours)} rules {few:6.2f} s   {len(many)} rules {more:6.2f} s   {more / few:5.2f}")
    print(f"ratio {len(many)} rules / {len(ours)} rules: median {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
