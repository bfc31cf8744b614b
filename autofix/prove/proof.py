"""The proof of one program's fixes: one before, any number of afters, and slopes that are measured once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autofix.find.record import Source
from autofix.model import Break, Safety, Verdict
from autofix.observe import Observed, Observer
from autofix.probe.sketch import canonical
from autofix.prove.derivative import Answer, Check, Slope, check, expected
from autofix.prove.judge import Judge


IMPLICIT = re.compile(r"torch\.distributions\.(?!Normal|LogNormal|MultivariateNormal|Uniform|Independent|Laplace|Exponential)\w+\.sample$")
"""Distributions whose ``rsample`` has an implicit gradient, right on average and not draw by draw."""


class Proof:
    """Judges what becomes of one program."""

    def __init__(self, observer: Observer, before: Observed):
        self.observer, self.before = observer, before
        self._slopes: dict[tuple, Slope] = {}

    def verdict(self, after: Observed, mended: Sequence[Break], safety: Safety) -> Verdict:
        """What the run of the patched program says about the breaks that the patch is to mend."""
        judge = Judge(self.before, after, mended, safety)
        if safety == Safety.UNSAFE:
            return judge.verdict(Check(Answer.NOT_CHECKED, "the fix changes the maths"))
        if not judge.all_fed():
            return judge.verdict(Check(Answer.NOT_CHECKED, "no gradient to check"))
        return judge.verdict(self._derivative(after, judge))

    def _derivative(self, after: Observed, judge: Judge) -> Check:
        """Against the original program's loss where it has one, else against the patched program's own."""
        if any(IMPLICIT.match(break_.op) for break_ in judge.mended):
            return Check(Answer.NOT_CHECKED, "this sampler draws by rejection: its numbers do not move smoothly")
        root = next((r.index for r in after.record.roots if r.gradients and r.how != "inner"), None)
        if root is None:
            return Check(Answer.NOT_CHECKED, "no gradient came from a backward pass")
        original = root < len(self.before.record.roots)
        run = self.before if original else after
        sources = self._targets_in(run, root, judge)
        if not sources:
            return Check(Answer.NOT_CHECKED, "the targets cannot be shifted in the original program")
        if self._held_back(after, root, judge):
            return Check(Answer.NOT_CHECKED, "a stop-gradient that stays makes the slope another one")
        new = {canonical(after.record.sources[i].name): s for i, s in after.record.roots[root].gradients.items()}
        gradients = {s.name: new.get(canonical(s.name)) for s in sources}
        if any(sketch is None for sketch in gradients.values()):
            return Check(Answer.NOT_CHECKED, "another backward pass gives some of the gradients")
        return check(self._slope(run, original, sources, root), expected(sources, gradients))

    def _targets_in(self, run: Observed, root: int, judge: Judge) -> tuple[Source, ...]:
        reached = run.record.roots[root].data
        return tuple(
            s
            for s in run.record.sources
            if canonical(s.name) in judge.targets and s.floating and s.use >= 0 and s.index in reached
        )

    def _held_back(self, after: Observed, root: int, judge: Judge) -> bool:
        record = after.record
        targets = {s.index for s in record.sources if canonical(s.name) in judge.targets}
        return any(not record.cuts[c].soft and record.cuts[c].data & targets for c in record.roots[root].cuts)

    def _slope(self, run: Observed, original: bool, sources: tuple[Source, ...], root: int) -> Slope:
        key = (original or id(run), tuple(s.index for s in sources), root)
        if key not in self._slopes:

            def shifted(nudge: dict[int, dict], number: int) -> float | None:
                return self.observer.value_when_shifted(run.texts, nudge, number)

            self._slopes[key] = Slope(shifted, sources, root, run.record.roots[root].value or 0.0)
        return self._slopes[key]
