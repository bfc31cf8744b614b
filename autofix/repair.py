"""The way of one program through the three rooms: find, mend, prove, until nothing more can be mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autofix.mend import plan as planning
from autofix.mend.plan import Allowed, Option
from autofix.model import Break, Edit, FileResult, Finding, Fix, Outcome, Safety, Verdict
from autofix.observe import NotRun, Observed, Observer
from autofix.prove import output
from autofix.prove.judge import REPEATED, disagreement, same_gradients
from autofix.prove.proof import Proof
from autofix.source import SourceError
from autofix.texts import Texts
from autofix.tree import Tree

PASSES = 5
ALTERNATIVES = 6
MOST_DROPPED = 12
STOPS = ("torch.Tensor.detach", "torch.detach")
"""Where others pass too, these are most likely meant."""
HELD = ("tf.stop_gradient", "tf.Variable.assign")
"""Beside another break these are most likely meant: a stop-gradient, a running state."""

Choice = Sequence[tuple[Option, Fix]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of fixes, applied and run."""

    choice: Choice
    fixes: tuple[Fix, ...]
    mended: tuple[Break, ...]
    after: Observed
    verdict: Verdict


class Repair:
    """Mends one program as far as it can be proved. ``edits`` holds the changes once ``result()`` was called."""

    def __init__(self, observer: Observer, texts: Texts, allowed: Allowed, unsafe: bool = False, unproved: bool = False):
        self.observer, self.texts, self.allowed = observer, texts, allowed
        self.unsafe, self.unproved = unsafe, unproved
        self.edits: dict[str, tuple[Edit, ...]] = {}
        self._trials: list[Trial] = []
        self._findings: list[Finding] = []

    def result(self) -> FileResult:
        """Findings, fixes and verdict; an error where the program could not be run."""
        script = self.observer.program.script
        try:
            before = self.observer.observe(self.texts)
            if not before.breaks:
                return FileResult(script, verdict=_not_judged(before))
            again = self.observer.observe(self.texts)
        except NotRun as reason:
            return FileResult(script, verdict=Verdict(Outcome.NOT_RUN, str(reason)))
        unstable = disagreement(before, again)
        if unstable:
            self._findings = [option.finding for option in self._options(before)]
            return FileResult(script, tuple(self._findings), (), Verdict(Outcome.UNSTABLE, unstable))
        before = replace(before, wavering=output.wavers(before.printed, again.printed, REPEATED))
        self.proof = Proof(self.observer, before)
        self._mend(before)
        if not self._findings:
            return FileResult(script, verdict=_not_judged(before))
        return self._summed_up(script)

    # -- passes -----------------------------------------------------------------------------------

    def _mend(self, run: Observed) -> None:
        self._refused: Trial | None = None
        for number in range(PASSES):
            options = self._options(run)
            usable = [option for option in options if option.fixes]
            if number == 0:
                self._findings = [option.finding for option in options]
            trial = self._best(run, usable) if usable else None
            if trial is None:
                return
            if number:
                self._add_later(run.texts, [option.finding for option, _ in trial.choice])
            self._trials.append(trial)
            if not trial.after.breaks:
                return
            run = trial.after

    def _add_later(self, texts: Texts, findings: list[Finding]) -> None:
        """Breaks that showed once others were mended: those in the program's own text, and not told yet."""
        known = {(finding.break_.op, finding.break_.span) for finding in self._findings}
        own = [texts.finding_on_baseline(finding) for finding in findings if not texts.wrote(finding.break_.span)]
        self._findings += [finding for finding in own if (finding.break_.op, finding.break_.span) not in known]

    def _options(self, run: Observed) -> list[Option]:
        trees: dict[str, Tree] = {}

        def tree_of(path: str) -> Tree:
            if path not in trees:
                trees[path] = Tree(path, run.texts.text(path))
            return trees[path]

        return planning.options(run.breaks, tree_of, self.allowed, self.unsafe)

    def _best(self, run: Observed, usable: list[Option]) -> Trial | None:
        """The first choice that is proved, else the first that brings the program further."""
        further = None
        for choice in _choices(usable):
            trial = self._try(run, choice)
            if trial is None:
                continue
            if trial.verdict.outcome == Outcome.PROVED:
                return self._smallest(run, trial)
            if further is None and self._went_on(run, trial):
                further = trial
            self._refused = self._refused or trial
        return further

    def _went_on(self, run: Observed, trial: Trial) -> bool:
        """Not enough yet, but the run now shows breaks it did not show, or only some of those that it did: another pass
        may finish it."""
        known = {(b.op, b.expression) for b in run.breaks}
        left = {(b.op, b.expression) for b in trial.after.breaks}
        return bool(left) and not left >= known and trial.verdict.outcome in (Outcome.NO_EFFECT, Outcome.HARM)

    # -- one set of fixes -------------------------------------------------------------------------

    def _try(self, run: Observed, choice: Choice, mended: tuple[Break, ...] | None = None) -> Trial | None:
        """Apply and run; None where the fixes cannot be applied or the patched program shows nothing."""
        plan = planning.together([fix for _, fix in choice])
        waiting = {id(fix) for fix in plan.waiting}
        taken = [(option, fix) for option, fix in choice if id(fix) not in waiting]
        try:
            after = self.observer.observe(run.texts.edited(plan.fixes))
        except (SourceError, ValueError, NotRun):
            return None
        if mended is None:
            mended = tuple(option.finding.break_ for option, _ in taken)
        earlier = [break_ for trial in self._trials for break_ in trial.mended]
        fixes = [*plan.fixes, *(fix for trial in self._trials for fix in trial.fixes)]
        changed = any(fix.safety == Safety.UNSAFE and fix.note != planning.PARTIAL for fix in fixes)  # the maths, not only the gradient
        safety = Safety.UNSAFE if changed else Safety.SAFE
        verdict = self.proof.verdict(after, [*earlier, *mended], safety)
        return Trial(taken, plan.fixes, mended, after, verdict)

    def _smallest(self, run: Observed, trial: Trial) -> Trial:
        """Drop each fix whose absence changes no verdict."""
        if not 1 < len(trial.choice) <= MOST_DROPPED:
            return trial
        for item in list(trial.choice):
            fewer = [other for other in trial.choice if other is not item]
            smaller = self._try(run, fewer, trial.mended) if fewer else None
            if smaller is not None and _as_good(smaller, trial, item[0].finding.break_):
                trial = smaller
        return trial

    # -- the result -------------------------------------------------------------------------------

    def _summed_up(self, script: str) -> FileResult:
        verdict = self._trials[-1].verdict if self._trials else self._refused.verdict if self._refused else None
        wanted = self._trials and (verdict.outcome == Outcome.PROVED or self.unproved)
        if not wanted:
            return FileResult(script, tuple(self._findings), (), verdict)
        stages = [self.texts, *(trial.after.texts for trial in self._trials)]
        self.edits = stages[-1].edits()
        fixes = [
            stage.fix_on_baseline(fix) for stage, trial in zip(stages, self._trials) for fix in trial.fixes
        ]
        return FileResult(script, tuple(self._told(fixes)), tuple(fixes), verdict)

    def _told(self, fixes: list[Fix]) -> Iterator[Finding]:
        """The findings with the fixes that were taken in the end; inner parts of a mended chain are not told twice."""
        left = {(b.op, b.expression) for b in self._trials[-1].after.breaks}
        spans = [finding.break_.span for finding in self._findings]
        for finding in self._findings:
            if finding.fix in fixes or (finding.break_.op, finding.break_.expression) in left:
                yield finding
            elif not any(span != finding.break_.span and span.contains(finding.break_.span) for span in spans):
                yield replace(finding, fix=_nearest(fixes, finding))


def _nearest(fixes: list[Fix], finding: Finding) -> Fix:
    """Which of the fixes that were taken ended this break, as far as one can tell: of its rule, or in its file."""
    return max(fixes, key=lambda fix: (fix.code == finding.code, any(e.path == finding.break_.span.path for e in fix.edits)))


def _not_judged(run: Observed) -> Verdict | None:
    """A run that ended before it differentiated anything says nothing about gradients."""
    if run.answer.reason and not run.record.roots:
        return Verdict(Outcome.NOT_RUN, run.answer.reason)
    return None


def _as_good(smaller: Trial, trial: Trial, dropped: Break) -> bool:
    second_order = dropped.op == "torch.autograd.grad"  # a part that is missing may be too small for a finite difference
    agrees = trial.verdict.derivative == "agrees" and not second_order
    return (
        smaller.verdict.outcome == Outcome.PROVED
        and (agrees or same_gradients(smaller.after.record, trial.after.record, tolerance=1e-4 if second_order else 1e-3))
        and (smaller.verdict.derivative == "agrees" or trial.verdict.derivative != "agrees")
        and len(smaller.after.breaks) <= len(trial.after.breaks)
    )


def _targets(choice: Choice) -> set[str]:
    return {target.name for option, _ in choice for target in option.finding.break_.targets}


def _may_be_meant(break_: Break) -> bool:
    return break_.op in HELD or break_.shared and break_.op in STOPS


def _choices(usable: list[Option]) -> Iterator[Choice]:
    """Combinations worth trying: without what may be cut on purpose; without what changes the maths, where that reaches
    every target; everybody's best; others; all but one; each alone."""
    first = [(option, option.fixes[0]) for option in usable]
    others = [item for item in first if not _may_be_meant(item[0].finding.break_)]
    sure = [item for item in others if not item[0].finding.break_.shared]
    if sure and len(sure) < len(first):
        yield sure
    exact = [item for item in first if item[1].safety == Safety.SAFE]
    if len(exact) < len(first) and _targets(exact) == _targets(first):
        yield exact
    if others and len(sure) < len(others) < len(first):
        yield others
    yield first
    others = [(index, fix) for index, option in enumerate(usable) for fix in option.fixes[1:]]
    for index, fix in others[:ALTERNATIVES]:
        yield [*first[:index], (usable[index], fix), *first[index + 1 :]]
    most = sure or first
    if len(most) > 2:
        for item in most[:ALTERNATIVES]:
            yield [one for one in most if one is not item]
    if len(usable) > 1:
        for item in first[:ALTERNATIVES]:
            yield [item]
