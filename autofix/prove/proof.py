"""The proof of one program's fixes: one before, any number of afters, and slopes that are measured once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from autofix.find.record import Source
from autofix.model import Break, Outcome, Safety, Verdict
from autofix.observe import Observed, Observer
from autofix.probe.sketch import canonical
from autofix.prove.derivative import DIRECTIONS, Answer, Check, Slope, check
from autofix.prove.judge import DISCRETE, Judge, same_gradients

HOLDABLE = frozenset(
    "torch.Tensor.detach torch.detach torch.Tensor.data torch.Tensor.item torch.tensor torch.Tensor.sign torch.sign tf.stop_gradient "
    "tf.Tensor.numpy".split()
)
"""Stop-gradients whose results the probe can hold fixed while targets are shifted, beside ``tf:*``."""

IMPLICIT = re.compile(r"torch\.distributions\.(?!Normal|LogNormal|MultivariateNormal|Uniform|Independent|Laplace|Exponential)\w+\.sample$")
"""Distributions whose ``rsample`` has an implicit gradient, right on average and not draw by draw."""


class Proof:
    """Judges what becomes of one program."""

    def __init__(self, observer: Observer, before: Observed):
        self.observer, self.before = observer, before
        self._measured: dict[tuple, list[Slope]] = {}
        self._checked: list[tuple[Observed, int, Judge, Check]] = []

    def verdict(self, after: Observed, mended: Sequence[Break], safety: Safety) -> Verdict:
        """What the run of the patched program says about the breaks that the patch is to mend."""
        judge = Judge(self.before, after, mended, safety)
        if safety == Safety.UNSAFE:
            return judge.verdict(Check(Answer.NOT_CHECKED, "the fix changes the maths"))
        self._excuse_idle(after, judge)
        unchecked = judge.verdict(Check(Answer.NOT_CHECKED, "the fix is refused before"))
        if unchecked.outcome != Outcome.PROVED:
            return unchecked
        return judge.verdict(self._derivative(after, judge))

    def _derivative(self, after: Observed, judge: Judge) -> Check:
        """Against the original program's loss where it has one, else against the patched program's own."""
        if any(IMPLICIT.match(break_.op) for break_ in judge.mended):
            return Check(Answer.NOT_CHECKED, "this sampler draws by rejection: its numbers do not move smoothly")
        root = self._root(after, judge)
        if root is None:
            return Check(Answer.NOT_CHECKED, "no gradient came from a backward pass")
        for other, its_root, its_judge, check_ in self._checked:
            if (its_root, its_judge.targets) == (root, judge.targets) and self._as_checked(other, after, root, judge):
                return check_
        check_ = self._measured_check(after, root, judge)
        self._checked.append((after, root, judge, check_))
        return check_

    def _root(self, after: Observed, judge: Judge) -> int | None:
        """The first loss; where an earlier backward pass is to blame for a later one, that one, if no step lies between."""
        known = [r.index for r in after.record.roots if r.gradients and r.how != "inner"]
        if any(break_.op in ("graph:freed", "backward:inner") for break_ in judge.mended):
            stepped = min((w.root for w in after.record.wants if w.how == "optimizer" and w.root >= 0), default=len(known))
            failed = next((r.index for r in self.before.record.roots if r.error), None)
            before_a_step = [index for index in known if index <= stepped]
            return failed if failed in before_a_step else max(before_a_step, default=None)
        return next(iter(known), None)

    def _as_checked(self, other: Observed, after: Observed, root: int, judge: Judge) -> bool:
        """The same gradients, with the same cuts left: what was measured for the one holds for the other."""
        cuts = _cuts(other, root, judge).keys() == _cuts(after, root, judge).keys()
        return cuts and same_gradients(other.record, after.record, root)

    def _measured_check(self, after: Observed, root: int, judge: Judge) -> Check:
        new = {canonical(after.record.sources[i].name): s for i, s in after.record.roots[root].gradients.items()}
        check_ = Check(Answer.NOT_CHECKED, "the targets cannot be shifted in the original program")
        for run in (self.before, after):
            sources = self._targets_in(run, root, judge) if run is after or self._has(root, after, judge) else ()
            if not sources or run is self.before and {canonical(s.name) for s in sources} < judge.targets.keys() & new.keys():
                continue
            gradients = {s.name: new.get(canonical(s.name)) for s in sources}
            if any(sketch is None for sketch in gradients.values()):
                return Check(Answer.NOT_CHECKED, "another backward pass gives some of the gradients")
            if len({canonical(s.name) for s in sources}) < len(sources):
                return Check(Answer.NOT_CHECKED, "several tensors go by one of the names")
            if self._has_own_derivative(after, root):
                return Check(Answer.NOT_CHECKED, "a function on the way has a derivative of its own")
            hold = self._held(run, after, root, judge)
            if hold is None:
                return Check(Answer.NOT_CHECKED, "a stop-gradient that stays makes the slope another one")
            check_ = check(self._slopes(run, sources, root, hold), sources, gradients)
            own = "the patched program's own loss: the original stops before it" if run is after else ""
            return replace(check_, reason=check_.reason or own)
        return check_

    def _has(self, root: int, after: Observed, judge: Judge) -> bool:
        """Whether the original program has this loss: an inner derivative that was None may have made it another one."""
        before, now = self.before.record.roots[:root], after.record.roots[:root]
        answered = any(new.how == "inner" and old.how == "tape" and not old.error for old, new in zip(before, now))
        return root < len(judge.alike()) and not answered

    def _has_own_derivative(self, after: Observed, root: int) -> bool:
        """What ``tf.custom_gradient`` gives is the author's choice: no finite difference judges it."""
        cuts = (after.record.cuts[number] for number in after.record.roots[root].cuts)
        return after.record.roots[root].how == "tape" and any(cut.op.startswith("function:") for cut in cuts)

    def _excuse_idle(self, after: Observed, judge: Judge) -> None:
        """A target that the loss does not depend on (a last layer's bias under a derivative) has no gradient to get."""
        missing = {name for name in judge.targets if not judge.gets_gradient(name)}
        known = [r for r in after.record.roots if r.gradients and r.how != "inner"]
        asked = (r.index for r in known if missing <= {canonical(after.record.sources[i].name) for i in r.gradients})
        root = next(asked, known[0].index if known else None)
        if root is None or not missing or len(missing) == len(judge.targets):
            return
        run = self.before if root < len(self.before.record.roots) else after
        sources = tuple(s for s in self._targets_in(run, root, judge) if canonical(s.name) in missing)
        if {canonical(s.name) for s in sources} != missing:
            return
        slopes = self._slopes(run, sources, root, ())
        moved = [(slope.at(slope.steps[0])[0], slope.noise(slope.steps[0])) for slope in slopes[:2]]
        if all(change is not None and abs(change) <= noise for change, noise in moved):
            for name in missing:
                del judge.targets[name]

    def _targets_in(self, run: Observed, root: int, judge: Judge) -> tuple[Source, ...]:
        if root >= len(run.record.roots):
            return ()
        reached = run.record.roots[root].data
        return tuple(
            s
            for s in run.record.sources
            if canonical(s.name) in judge.targets and s.floating and s.use >= 0 and s.index in reached
        )

    def _held(self, run: Observed, after: Observed, root: int, judge: Judge) -> tuple[tuple, ...] | None:
        """The calls of ``run`` that cut the targets' ways and stay cuts in the patched program; None where one of
        them is not in ``run``, or cannot be held."""
        stay = _cuts(after, root, judge)
        if not stay:
            return ()
        here = _cuts(run, root, judge)
        found = []
        for (op, text), sites in stay.items():
            same = here.get((op, text), [])
            if len(same) > len(sites):  # written alike, and some of them were mended
                lines = {_lines(after, site) for site in sites}
                same = [site for site in same if _lines(run, site) in lines]
            if len(same) != len(sites) or op not in HOLDABLE and not op.startswith("tf:"):
                return None
            found += [(*run.record.places[site], op) for site in same]
        return tuple(found)

    def _slopes(self, run: Observed, sources: tuple[Source, ...], root: int, hold: tuple[tuple, ...]) -> list[Slope]:
        """One slope for each direction; they measure themselves when they are asked."""
        key = (run is self.before or id(run), tuple(s.index for s in sources), root, hold)
        if key not in self._measured:
            held = self.observer.held(run.texts, hold, root) if hold else ""

            def shifted(nudge: dict[int, dict], number: int) -> float | None:
                if hold and not held:
                    return None
                return self.observer.value_when_shifted(run.texts, nudge, number, hold, held)

            reached = run.record.roots[root]
            dtypes = {run.record.sources[i].dtype for i in reached.data if run.record.sources[i].floating}
            self._measured[key] = [
                Slope(shifted, sources, root, reached.value or 0.0, number, dtypes) for number in range(DIRECTIONS)
            ]
        return self._measured[key]


def _lines(run: Observed, site: int) -> str:
    """The whole lines that a place stands on."""
    span = run.record.span(site)
    return "" if span is None else "\n".join(run.texts.text(span.path).split("\n")[span.line - 1 : span.end_line]).strip()


def _cuts(run: Observed, root: int, judge: Judge) -> dict[tuple[str, str], list[int]]:
    """The hard cuts of the targets' data in a root: by operation and expression, with their sites."""
    record = run.record
    targets = {s.index for s in record.sources if canonical(s.name) in judge.targets}
    found: dict[tuple[str, str], list[int]] = {}
    for cut in (record.cuts[number] for number in sorted(record.roots[root].cuts)):
        if not cut.soft and cut.data & targets and cut.op.rsplit(".", 1)[-1] not in DISCRETE:
            found.setdefault((cut.op, run.text(cut.site)), []).append(cut.site)
    return found
