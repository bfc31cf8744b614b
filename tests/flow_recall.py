"""What the flow finds of what a run shows, by kind: over the corpus and over a sample of the mutants.

    python -m tests.flow_recall [SAMPLE]
"""

from __future__ import annotations

import ast
import os
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from autofix.find import flow
from autofix.model import Break, Certainty
from autofix.prove.server import ForkServer
from tests.corpus import kind, observe, programs
from tests.mutation.score import all_mutants

WHY = {
    "partial": "slices of a weight: only numbers tell which rows get nothing",
    "custom_function": "what a hand-written backward multiplies with zero shows by value",
    "create_graph": "a second differentiation through a graph that was not kept",
    "deepcopy": "which state the loop over a state_dict lets through depends on shapes",
    "integer_dtype": "the dtype of an array that a program computes",
}
"""Why only a run sees the rest."""


def certain_breaks(path: Path) -> list[Break]:
    """What the flow is certain of in one file."""
    name, text = os.path.abspath(path), path.read_text(encoding="utf-8")
    return [b for b in flow.breaks(name, text, ast.parse(text)) if b.certainty == Certainty.CERTAIN]


def key(break_: Break) -> tuple:
    """What two finders must agree on."""
    return break_.op, break_.span, tuple(sorted({(t.name, t.how) for t in break_.targets}))


def table(rows: dict[str, list[int]], head: str) -> str:
    """Markdown: programs, those a run shows broken, those the flow finds, and finds in full."""
    lines = [f"| {head} | programs | shown by a run | found without | share | all of it | only a run sees |", "|---|---|---|---|---|---|---|"]
    for name, (count, shown, found, full) in sorted(rows.items()):
        why = WHY.get(name, "") if full < shown else ""
        lines.append(f"| {name} | {count} | {shown} | {found} | {found / shown if shown else 0:.0%} | {full} | {why} |")
    count, shown, found, full = (sum(column) for column in zip(*rows.values()))
    return "\n".join([*lines, f"| **all** | {count} | {shown} | {found} | {found / shown if shown else 0:.0%} | {full} | |"])


def tally(row: list[int], shown: set, said: set) -> None:
    for column, yes in enumerate((True, shown, shown & said, shown and shown <= said)):
        row[column] += bool(yes)


def of_corpus(server: ForkServer) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
    for path in programs("before.py"):
        shown = {key(b) for b in observe(server, path).breaks}
        tally(rows[kind(path)], shown, {key(b) for b in certain_breaks(path)})
    return rows


def of_mutants(server: ForkServer, sample: int) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
    mutants = all_mutants()
    random.Random(11).shuffle(mutants)
    with tempfile.TemporaryDirectory() as folder:
        for mutant in mutants[:sample]:
            path = Path(folder, f"{mutant.name}.py")
            path.write_text(mutant.text, encoding="utf-8")
            shown = {key(b) for b in observe(server, path).breaks}
            tally(rows[mutant.kind], shown, {key(b) for b in certain_breaks(path)})
    return rows


def main() -> None:
    sample = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    with ForkServer(sys.executable) as server:
        print(table(of_corpus(server), "kind"), "\n")
        print(table(of_mutants(server, sample), "mutants of kind"))


if __name__ == "__main__":
    main()
