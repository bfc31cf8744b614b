"""What the flow finds of what a run shows, by kind: over the corpus and over a sample of the mutants.

    python -m tests.flow_recall [--write] [--mutants SAMPLE]

``--write`` renews corpus/NO_RUN.md, which a test compares with what the flow finds now.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import sys
import tempfile
from collections import defaultdict
from fnmatch import fnmatch
from pathlib import Path

from autofix.find import flow
from autofix.model import Break, Certainty
from autofix.prove.server import ForkServer
from tests import tf_python
from tests.corpus import ROOT, kind, observe, programs
from tests.mutation.score import all_mutants

WHY = {
    "argmax--wrong-digits": "whether a guess is wrong, and a penalty is added, depends on the data",
    "rewrap--rewards-by-threshold": "which rewards are counted depends on the data",
    "numpy--buffer-pairs": "an array is filled in rounds of which the source does not tell how many there are",
    "rounding--scale": "a detach and a rounding on one way: only values tell which of them is meant",
    "deepcopy--orthogonal": "which weights a loop over a state_dict writes to depends on their shapes",
    "detach--batched-scores": "functions that vmap maps over a batch are not followed",
    "detach--hidden-each-step": "the loss still teaches by a shorter way: only a run compares the two",
    "requires_grad--late": "the loss is computed before requires_grad is switched on",
    "scalar--read-back-from-text": "a number that is printed and read back",
    "retain_graph--*": "which graph a state carries from one round to the next",
    "*-term": "the other terms of the loss teach the same weights: only a run compares the summands",
    "scalar--*": "the other terms of the loss teach the same weights: only a run compares the summands",
    "custom_function*": "what a hand-written backward does to a gradient shows by value",
    "partial*": "slices of a weight: only numbers tell which rows get nothing",
    "hook*": "what a hook makes of a gradient shows by value",
    "create_graph*": "a gradient of a gradient that comes back in part shows by value",
    "tf_weight*": "whether Keras tracks a tf.Variable depends on its version: likely",
    "tf_watch--*keras-variable*": "Keras 3 refuses to have its variables watched, Keras 2 does not",
    "tf_numpy--filled*": "an array is filled in rounds of which the source does not tell how many there are",
    "tf_partial--handed-on": "the loss still teaches by a shorter way: only a run compares the two",
    "tf_source--taken-early": "when a model is first called, and has weights: likely",
    "tf_twice": "a model that is put together of another's inner layers is not followed",
}
"""Why only a run sees it, by folder."""
NO_RUN = ROOT / "NO_RUN.md"


def certain_breaks(path: Path) -> list[Break]:
    """What the flow is certain of in one file."""
    name, text = os.path.abspath(path), path.read_text(encoding="utf-8")
    return [b for b in flow.breaks(name, text, ast.parse(text)) if b.certainty == Certainty.CERTAIN]


def key(break_: Break) -> tuple:
    """What two finders must agree on. How a target is known as one may differ: only a run compares a loss's summands."""
    return break_.op, break_.span, tuple(sorted({t.name for t in break_.targets}))


def table(rows: dict[str, list[int]], head: str) -> str:
    """Markdown: programs, those a run shows broken, those the flow finds, and finds in full."""
    lines = [f"| {head} | programs | shown by a run | found without | share | all of it |", "|---|---|---|---|---|---|"]
    for name, (count, shown, found, full) in sorted(rows.items()):
        lines.append(f"| {name} | {count} | {shown} | {found} | {found / shown if shown else 0:.0%} | {full} |")
    count, shown, found, full = (sum(column) for column in zip(*rows.values()))
    return "\n".join([*lines, f"| **all** | {count} | {shown} | {found} | {found / shown if shown else 0:.0%} | {full} |"])


def unseen(paths: list[Path]) -> str:
    """Markdown: the programs in which the flow finds nothing, and why."""
    rows = ["| only a run sees | why |", "|---|---|"]
    return "\n".join([*rows, *(f"| {p.parent.name} | {why(p.parent.name)} |" for p in paths)])


def why(folder: str) -> str:
    """The first reason that fits."""
    return next((reason for pattern, reason in WHY.items() if fnmatch(folder, pattern)), "")


def silent() -> list[Path]:
    """The broken programs in which the flow is certain of nothing."""
    return [path for framework in ("torch", "tensorflow") for path in programs("before.py", framework) if not certain_breaks(path)]


def tally(row: list[int], shown: set, said: set) -> None:
    for column, yes in enumerate((True, shown, shown & said, shown and shown <= said)):
        row[column] += bool(yes)


def of_corpus(server: ForkServer, framework: str = "torch") -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
    for path in programs("before.py", framework):
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
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--write", action="store_true", help="renew corpus/NO_RUN.md")
    options.add_argument("--mutants", type=int, default=0, help="also so many mutants")
    chosen = options.parse_args()
    python = tf_python.interpreter()
    if python is None:
        options.error(tf_python.REASON)
    with ForkServer(python, ("numpy", "tensorflow")) as server:
        of_tensorflow = of_corpus(server, "tensorflow")
    with ForkServer(sys.executable) as server:
        text = f"{table(of_corpus(server), 'kind')}\n\n{table(of_tensorflow, 'kind (TensorFlow)')}\n\n{unseen(silent())}\n"
        print(text)
        if chosen.write:
            NO_RUN.write_text(f"# What is found without running\n\nGenerated (`python -m tests.flow_recall --write`).\n\n{text}")
        if chosen.mutants:
            print(table(of_mutants(server, chosen.mutants), "mutants of kind"))


if __name__ == "__main__":
    main()
