"""The mutation score for TensorFlow.

    python -m tests.mutation.tf.score [--every N [--part K]] [--each N] [--program NAME] [--operator NAME] [--show]
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from pathlib import Path

from autofix.observe import NotRun
from autofix.prove.server import ForkServer
from tests import tf_python
from tests.corpus import ROOT, observe
from tests.mutation import score as common
from tests.mutation.mutants import Mutant
from tests.mutation.score import Fate
from tests.mutation.tf.mutants import mutants

PROGRAMS = sorted([*ROOT.glob("tf_*/after.py"), *ROOT.glob("tf_*/leave.py")])


def all_mutants(only: str = "", operator: str = "") -> list[Mutant]:
    found = []
    for path in PROGRAMS:
        if not only or path.parent.name == only:
            found += mutants(f"{path.parent.name}/{path.stem}", path.read_text())
    return [mutant for mutant in found if not operator or mutant.operator == operator]


def score(server: ForkServer, chosen: list[Mutant], show=lambda fate: None) -> list[Fate]:
    """The fates of the mutants, those that are none left out."""
    fates, sound = [], {}
    common.SOUND = ROOT
    for mutant in chosen:
        try:
            if mutant.program not in sound:
                sound[mutant.program] = observe(server, Path(ROOT, f"{mutant.program}.py"))
            fate = common.fate(server, mutant, sound[mutant.program])
        except NotRun:
            continue
        if fate.what != "no mutant":
            fates.append(fate)
        show(fate)
    return fates


def reasons(none: list[Fate]) -> str:
    """Why some are no mutants, and how many for each reason."""
    return "\n".join(f"no mutant, {number}: {why}" for why, number in Counter(fate.why for fate in none).most_common())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--part", type=int, default=0, help="which of the parts that --every makes: they share no mutant")
    parser.add_argument("--each", type=int, default=0, help="so many of every way to break a program")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--operator", default="")
    parser.add_argument("--program", default="", help="the folder of the corpus")
    parser.add_argument("--show", action="store_true", help="print each mutant that was not restored")
    options = parser.parse_args()
    chosen = all_mutants(options.program, options.operator)
    random.Random(options.seed).shuffle(chosen)
    chosen = common.some_of_each(chosen, options.each) if options.each else chosen[options.part :: options.every]
    begin = time.monotonic()

    none: list[Fate] = []

    def show(fate: Fate) -> None:
        if fate.what == "no mutant":
            none.append(fate)
        if options.show and fate.what in ("missed", "wrong"):
            print(f"{fate.what:8} {fate.mutant.name}: {fate.why}", flush=True)

    with ForkServer(tf_python.interpreter(), ("numpy", "tensorflow")) as server:
        fates = score(server, chosen, show)
    table: dict[str, Counter] = {}
    for fate in fates:
        table.setdefault(fate.mutant.operator, Counter())[fate.what] += 1
    for operator, counts in sorted(table.items()):
        print(f"{operator:16} {dict(counts)}")
    print(reasons(none))
    restored = sum(fate.what == "restored" for fate in fates)
    wrong = sum(fate.what == "wrong" for fate in fates)
    print(f"{restored} of {len(fates)} restored, {wrong} wrong, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
