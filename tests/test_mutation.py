"""A sample of the mutants, one of every kind: sound programs broken in one place are brought back to their own gradients.

The whole score: ``python -m tests.mutation.score``.
"""

from __future__ import annotations

import random

import pytest

from tests.mutation.score import all_mutants, score, some_of_each

LEAST = 0.9


@pytest.mark.slow
def test_mutants_are_restored(server):
    chosen = all_mutants()
    random.Random(7).shuffle(chosen)
    fates = score(server, some_of_each(chosen, 1))
    wrong = [f"{f.mutant.name}: {f.why}" for f in fates if f.what == "wrong"]
    missed = [f"{f.mutant.name}: {f.why}" for f in fates if f.what == "missed"]
    assert not wrong, wrong
    assert len(missed) <= (1 - LEAST) * len(fates), missed


def test_mutants_are_programs():
    mutants = all_mutants()
    assert len(mutants) >= 300
    assert len({m.program for m in mutants}) >= 15
    for mutant in mutants[::7]:
        compile(mutant.text, mutant.name, "exec")
