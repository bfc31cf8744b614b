"""Mutation score: the share of mutants that autofix restores to the unbroken gradient.

    python -m tests.mutation.score [--every N | --each N] [--program NAME] [--kind KIND] [--operator NAME] [--show]
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autofix.model import Outcome
from autofix.observe import NotRun, Observer
from autofix.prove.server import ForkServer
from autofix.source import SourceError
from tests.corpus import mend, observe, shortfall
from tests.mutation.mutants import Mutant, mutants

SOUND = Path(__file__).parent / "sound"
NO_PROGRAM = re.compile(r"has no attribute '(detach|data|requires_grad_|parameters|item|tolist|numpy|mean|sum|ndim|base_dtype)'|cannot access local variable|converted to Scalar|only one element|cannot register a hook|expected np.ndarray")
"""How a mutation ends that nobody would have written: it was put on what is no tensor, or no number."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant: ``restored``, ``missed`` (left as it was), ``wrong`` or ``no mutant``."""

    mutant: Mutant
    what: str
    why: str = ""


def fate(server: ForkServer, mutant: Mutant, sound) -> Fate:
    """Mend one mutant and compare its gradients with the sound program's."""
    path = SOUND / f"{mutant.program}.py"
    try:
        mended = mend(server, path, unsafe=True, text=mutant.text)
    except SourceError:
        return Fate(mutant, "no mutant", "it does not parse")
    start = Observer(server, mended.observer.program)
    try:
        broken = start.observe(type(mended.texts)(mended.texts.sources))
        if shortfall(broken.record, sound.record) is None and not broken.breaks:
            return Fate(mutant, "no mutant", "it changes no gradient")
        if not broken.record.roots and NO_PROGRAM.search(broken.record.end.message):
            return Fate(mutant, "no mutant", "it was put on what is no tensor")
        if not broken.breaks and _partly(broken.record, sound.record):
            return Fate(mutant, "no mutant", "every target still gets a gradient: its part may be cut off on purpose")
        after = start.observe(mended.texts)
    except NotRun as reason:
        return Fate(mutant, "no mutant", "it was put on what is no tensor") if NO_PROGRAM.search(str(reason)) else Fate(mutant, "missed", str(reason))
    left = shortfall(after.record, sound.record)
    if left is None and not mended.changed:
        return Fate(mutant, "no mutant", "it changes no gradient")
    verdict = mended.result.verdict
    if left is None and verdict is not None and verdict.outcome == Outcome.PROVED:
        return Fate(mutant, "restored")
    if mended.changed:
        return Fate(mutant, "wrong", left or "")
    reason = f"{verdict.outcome}: {verdict.reason}" if verdict else "no fix" if mended.result.findings else "not found"
    return Fate(mutant, "missed", f"{reason} | {left}")


def _partly(broken, sound) -> bool:
    """Every target of the sound program still gets some gradient: a part is lost, which may be on purpose."""
    from tests.corpus import gradients

    have, full = gradients(broken), gradients(sound)
    return all(name in have for name in full)


def all_mutants(only: str = "", kind: str = "", operator: str = "") -> list[Mutant]:
    found = []
    for path in sorted(SOUND.glob("*.py")):
        if not only or path.stem == only:
            found += mutants(path.stem, path.read_text())
    return [m for m in found if (not kind or m.kind == kind) and (not operator or m.operator == operator)]


def some_of_each(found: list[Mutant], number: int) -> list[Mutant]:
    """At most so many mutants of every operator: the rare ways to break a program count as much as the common ones."""
    seen: Counter[str] = Counter()
    chosen = []
    for mutant in found:
        seen[mutant.operator] += 1
        if seen[mutant.operator] <= number:
            chosen.append(mutant)
    return chosen


def score(server: ForkServer, chosen: list[Mutant], show=lambda fate: None) -> list[Fate]:
    """The fates of the mutants, those that are none left out."""
    sound, fates = {}, []
    for mutant in chosen:
        if mutant.program not in sound:
            sound[mutant.program] = observe(server, SOUND / f"{mutant.program}.py")
        one = fate(server, mutant, sound[mutant.program])
        if one.what != "no mutant":
            fates.append(one)
            show(one)
    return fates


def table(fates: list[Fate]) -> str:
    """Markdown: kind × restored, missed, wrong."""
    rows = ["| kind | mutants | restored | missed | wrong |", "|---|---|---|---|---|"]
    for kind in [*sorted({f.mutant.kind for f in fates}), "all"]:
        counts = Counter(f.what for f in fates if kind in ("all", f.mutant.kind))
        total = sum(counts.values())
        share = f" ({100 * counts['restored'] / total:.0f} %)" if total else ""
        rows.append(f"| {kind} | {total} | {counts['restored']}{share} | {counts['missed']} | {counts['wrong']} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--each", type=int, default=0, help="so many of every way to break a program")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--operator", default="")
    parser.add_argument("--program", default="")
    parser.add_argument("--kind", default="")
    parser.add_argument("--show", action="store_true", help="print each mutant that was not restored")
    options = parser.parse_args()
    chosen = all_mutants(options.program, options.kind, options.operator)
    random.Random(options.seed).shuffle(chosen)
    chosen = some_of_each(chosen, options.each) if options.each else chosen[:: options.every]

    def show(one: Fate) -> None:
        if options.show and one.what != "restored":
            print(f"{one.what}: {one.mutant.name} ({one.mutant.kind}) {one.why}", flush=True)

    begin = time.perf_counter()
    with ForkServer(sys.executable) as server:
        fates = score(server, chosen, show)
    print(table(fates))
    print(f"{len(fates)} mutants, {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
