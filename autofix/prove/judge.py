"""Before against after: what two runs say about a fix.

``proved`` takes all of: the program repeats itself; every target of the mended breaks gets a finite, non-zero
gradient as the program reads it; no other gradient is lost or changed; the roots' values and the output stay;
nothing new cuts a gradient or fails; the derivative is the right one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autofix.find.record import Record, Root, is_gradient
from autofix.model import Break, Outcome, Row, Safety, Verdict
from autofix.observe import Observed
from autofix.probe.sketch import canonical
from autofix.prove import output, printing
from autofix.prove.derivative import Answer, Check

NOISE = 1e-5
"""Relative difference that counts as equal even where two runs agree to the bit: a rewritten formula rounds
differently."""


REPEATED = 1e-6
"""Relative difference between two runs of one program that counts as none."""


def disagreement(one: Observed, other: Observed) -> str | None:
    """Where two runs of the same program differ: then it proves nothing. None where they agree.

    Printed numbers may differ that have no part in what is differentiated (a time, an address).
    """
    for a, b in zip(one.record.roots, other.record.roots):
        if not _same_value(a, b, REPEATED):
            return f"two runs of the same program give losses {a.value:.6g} and {b.value:.6g}"
    if len(one.record.roots) != len(other.record.roots):
        return "two runs of the same program differentiate a different number of times"
    if output.wavers(one.printed, other.printed, REPEATED) is None or not one.record.roots and not output.same(
        one.printed, other.printed, REPEATED
    ):
        return "two runs of the same program print different things"
    return None


DISCRETE = frozenset(
    "gt ge lt le eq ne greater greater_equal less less_equal equal not_equal __gt__ __ge__ __lt__ __le__ __eq__ __ne__ "
    "argmax argmin argsort searchsorted bucketize nonzero isnan isinf isfinite logical_and logical_or logical_not "
    "multinomial broadcast_tensors".split()
)
"""What chooses (``where(x < 1, a, b)``, ``a[scores.argmax()]``) takes no part of a gradient away."""


class Judge:
    """Judges one after against one before, for the breaks that the fix is meant to mend."""

    def __init__(self, before: Observed, after: Observed, mended: Sequence[Break], safety: Safety):
        self.before, self.after, self.mended, self.safety = before, after, mended, safety
        names: dict[str, str] = {}
        for break_ in mended:
            for target in break_.targets:
                names.setdefault(canonical(target.name), target.how)
        self.targets = names

    def verdict(self, check: Check) -> Verdict:
        """The verdict, given what the finite difference said."""
        reason = self._harm()
        if reason is None and check.answer == Answer.DIFFERS:
            reason = f"the new gradient is not the derivative: {check.reason}"
        derivative = str(check.answer) if check.answer != Answer.NOT_CHECKED else f"not checked: {check.reason}"
        kept = {
            "rows": self._rows(check),
            "derivative": derivative,
            "loss_before": self._loss(self.before),
            "loss_after": self._loss(self.after),
        }
        if reason is not None:
            return Verdict(Outcome.HARM, reason, **kept)
        missing = [name for name in self.targets if not self.gets_gradient(name)]
        if missing:
            return Verdict(Outcome.NO_EFFECT, f"{', '.join(missing[:4])} still gets no gradient", **kept)
        if self._dies_as_before():
            return Verdict(Outcome.NO_EFFECT, f"the program still raises {self.after.record.end.exception}", **kept)
        return Verdict(Outcome.PROVED, "", **kept)

    def _dies_as_before(self) -> bool:
        """The same exception ends the run, and what was to be mended shows again."""
        before, after = self.before.record.end, self.after.record.end
        same = before.how == after.how == "exception" and (before.exception, before.message) == (after.exception, after.message)
        mended = {(b.op, b.expression) for b in self.mended}
        return same and any((b.op, b.expression) in mended for b in self.after.breaks)

    # -- harm -------------------------------------------------------------------------------------

    def _harm(self) -> str | None:
        return (
            self._fails() or self._lost() or self._read_otherwise() or self._still_cut() or (self._moved() if self.safety == Safety.SAFE else None)
        )

    def _fails(self) -> str | None:
        answer, end = self.after.answer, self.after.record.end
        if answer.timed_out:
            return "the patched program does not end in time"
        if end.how == "exception" and (end.exception, end.message) != (
            self.before.record.end.exception,
            self.before.record.end.message,
        ):
            return f"the patched program raises {end.exception}: {end.message.splitlines()[0] if end.message else ''}"
        if self.before.record.roots and not self.after.record.roots:
            return "the patched program never differentiates its loss"
        if _completed_roots(self.after.record) < _completed_roots(self.before.record) and end.how != "enough":
            return "the patched program stops before a backward pass that it reached"
        return None

    def _lost(self) -> str | None:
        """A gradient that was there and right must stay as it is, at the first root."""
        for before, after in self.alike()[:1]:
            new = _by_name(self.after.record, after)
            for name, sketch in _by_name(self.before.record, before).items():
                if not name or not is_gradient(sketch) or name in self.targets or self._cut_before(name, before):
                    continue
                if not is_gradient(new.get(name)):
                    if self._is_own_root(name, before) or self._is_stand_in(name):
                        continue
                    return f"{name} loses its gradient"
                if self.safety == Safety.SAFE and not same_sketch(sketch, new[name]):
                    return f"the gradient of {name}, which was there, changes"
        return None

    def alike(self) -> list[tuple[Root, Root]]:
        """The first differentiations of both runs, as far as they are the same: one that was never called may be there."""
        called = any(break_.op == "backward:not-called" for break_ in self.mended)
        found: list[tuple[Root, Root]] = []
        for before, after in zip(self.before.record.roots, self.after.record.roots):
            if called and (before.how != after.how or self.before.text(before.site) != self.after.text(after.site)):
                break
            found.append((before, after))
        return found

    def _cut_before(self, name: str, root: Root) -> bool:
        """Some of its paths were cut: its gradient may rightly change when they are mended."""
        record = self.before.record
        indices = {s.index for s in record.sources if canonical(s.name) == name}
        hooked = any(n["what"] == "hooked" and (n["data"] is None or indices & set(n["data"])) for n in record.notes)
        return hooked or any(indices & record.cuts[cut].data for cut in root.cuts)

    def _is_stand_in(self, name: str) -> bool:
        """A leaf made by hand out of what a target had lost: it is no leaf once that flows."""
        record = self.before.record
        lost = {s.index for s in record.sources if canonical(s.name) in self.targets}
        return any(
            canonical(s.name) == name and any(record.cuts[cut].data & lost for cut in s.born) for s in record.sources
        )

    def _is_own_root(self, name: str, root: Root) -> bool:
        record = self.before.record
        return any(s.site in root.made and canonical(s.name) == name for s in record.sources)

    def _still_cut(self) -> str | None:
        """A target that gets a gradient while a break of the mended kind still stands on its way gets only a part.

        Counted by kind: so many stop-gradients fewer as were to be mended, and none of a new kind.
        """
        allowed = Counter(op for op, _ in self._cuts(self.before, None))
        allowed.subtract(Counter(break_.op for break_ in self.mended))
        if self.safety == Safety.UNSAFE:  # a surrogate may hold a stop-gradient of its own
            allowed["torch.Tensor.detach"] += len(self.mended)
            allowed["tf.stop_gradient"] += len(self.mended)
        allowed["torch.Tensor.detach"] += sum(break_.op == "graph:reused" for break_ in self.mended)  # from the rounds before
        for root in self.after.record.roots[:2]:
            found = Counter(op for op, _ in self._cuts(self.after, root))
            for op, number in found.items():
                if number > max(allowed[op], 0):
                    return f"a part of the gradient is still cut off ({op.removeprefix('torch.')})"
        return None

    def _cuts(self, run: Observed, root: Root | None) -> set[tuple[str, int]]:
        """Hard cuts on the targets' ways; of a root only where it feeds the target all the same."""
        record = run.record
        found = set()
        for one in record.roots if root is None else [root]:
            targets = {i for i in one.data if canonical(record.sources[i].name) in self.targets}
            if root is not None:
                targets = {i for i in targets if is_gradient(one.gradients.get(i))}
            for cut in (record.cuts[c] for c in one.cuts if not record.cuts[c].soft and record.cuts[c].op.rsplit(".", 1)[-1] not in DISCRETE):
                if any(cut.index not in record.sources[i].born for i in cut.data & targets):
                    found.add((cut.op, cut.site))
        return found

    def _read_otherwise(self) -> str | None:
        """What the program reads as a gradient that was right before must be that gradient still."""
        if self.safety != Safety.SAFE or any("clip_grad" in text for text in self.before.scripts):
            return None
        if not self.alike():
            return None
        old, new = _last_reads(self.before.record), _last_reads(self.after.record)
        for name in old.keys() & new.keys() - self.targets.keys():
            if not self._cut_before(name, self.before.record.roots[0]) and not same_sketch(old[name], new[name]):
                return f"the gradient of {name}, which was there, changes"
        return None

    def _moved(self) -> str | None:
        """For a safe fix the losses and the output stay, up to where a regained gradient is first put to use."""
        alike = self.alike()
        if self.before.record.roots and not alike:
            return None
        last = self._horizon(len(alike))
        for before, after in alike[: last + 1]:
            if not _same_value(before, after, NOISE * 10):
                return f"the loss moves from {before.value:.6g} to {after.value:.6g}"
        return None if self._registers() else printing.otherwise(self.before, self.after, last)

    def _registers(self) -> bool:
        """A weight that is registered at last is counted, listed and shown from the start: that output rightly changes."""
        return any(break_.op.startswith(("module:", "keras:")) for break_ in self.mended)

    def _horizon(self, alike: int) -> int:
        """The last root before a target's regained gradient is used."""
        used = [
            want.root
            for want in self.after.record.wants
            if want.root >= 0 and want.satisfied and canonical(want.name) in self.targets
        ]
        failed = [root.index for root in self.before.record.roots if root.error]
        return min(min([*used, *failed], default=0), max(alike - 1, 0))

    # -- what the targets get ---------------------------------------------------------------------

    def gets_gradient(self, name: str) -> bool:
        """Whether the program, as it now is, sees a gradient of this target the way it asks for it."""
        record = self.after.record
        how = self.targets[name]
        if how in ("partial", "term"):
            return self._completed(name)
        if how == "inner":  # a bias may have no part in the derivative that the others learn by
            return any(self._completed(other) for other, its_how in self.targets.items() if its_how == how)
        if how == "per call":
            return _trained(record) > _trained(self.before.record)
        wants = [w for w in record.wants if canonical(w.name) == name and w.root >= 0]
        if name.startswith("tensor of line "):
            return self._is_gone(name)
        if how == "tape.gradient":
            return self._tapes_answer(name, wants)
        if how in ("read", "optimizer", "autograd.grad"):
            relevant = [w for w in wants if w.how == how]
            if not relevant and how == "optimizer" and any(b.op.startswith("optimizer:") for b in self.mended):
                return False
            relevant = relevant or wants
            if relevant:
                return any(w.satisfied for w in relevant)
        return any(is_gradient(_by_name(record, root).get(name)) for root in record.roots)

    def _is_gone(self, name: str) -> bool:
        """A target without a name cannot be found again: its break must not show any more."""
        ops = {b.op for b in self.mended if any(canonical(target.name) == name for target in b.targets)}
        return not any(b.op in ops for b in self.after.breaks)

    def _tapes_answer(self, name: str, wants) -> bool:
        """Every call of a tape is a question of its own: of those that were asked before, fewer must stay without an answer."""
        last = len(self.before.record.roots) - 1
        before = [w for w in self.before.record.wants if w.how == "tape.gradient" and canonical(w.name) == name]
        unanswered = [w for w in wants if w.how == "tape.gradient" and not w.satisfied and w.root <= last]
        fewer = len(unanswered) < sum(not w.satisfied for w in before) or not unanswered
        return fewer and any(w.satisfied for w in wants)

    def _completed(self, name: str) -> bool:
        """The gradient gained what it lacked: where whole slices were zero these come alive, and the others stay. A term
        may begin to weigh in after the first step (an anchor where training starts)."""
        drawn = any(b.op.endswith(".sample") for b in self.mended if any(canonical(t.name) == name for t in b.targets))
        for before, after in zip(self.before.record.roots, self.after.record.roots):
            old, new = _by_name(self.before.record, before).get(name), _by_name(self.after.record, after).get(name)
            if is_gradient(old) and not (is_gradient(new) and same_sketch(old, new)):
                return is_gradient(new) and (drawn or self.targets[name] in ("term", "inner") or _fills(old, new))
        return False

    def _rows(self, check: Check) -> tuple[Row, ...]:
        agreed = {Answer.AGREES: "agrees", Answer.DIFFERS: "differs", Answer.NOT_CHECKED: "not checked"}[check.answer]
        within = {canonical(name): error for name, error in check.within.items()}
        return tuple(
            Row(name, self._shown(self.before, name), self._shown(self.after, name), agreed, within.get(name))
            for name in self.targets
        )

    def _shown(self, run: Observed, name: str) -> str:
        wants = [w for w in run.record.wants if canonical(w.name) == name and w.root >= 0]
        sketch = next((w.grad for w in wants if w.satisfied), None)
        if sketch is None:
            for root in run.record.roots:
                sketch = sketch or _by_name(run.record, root).get(name)
        if sketch is None:
            sketch = next((w.grad for w in wants if w.grad is not None), None)
        if sketch is None:
            return "None" if wants or run.record.end.how != "exception" else f"None ({run.record.end.exception})"
        if not sketch["finite"]:
            return "not finite"
        if sketch["norm"] == 0:
            return "all zero"
        return f"norm {sketch['norm']:.4g}"

    def _loss(self, run: Observed) -> str:
        values = [root.value for root in run.record.roots if root.how != "inner" and root.value is not None]
        return f"{values[0]:.6g}" if values else "not reached"


def _completed_roots(record: Record) -> int:
    """How many backward passes went through; one that raised may have been tried again in another way."""
    return sum(not root.error for root in record.roots)


def _trained(record: Record) -> int:
    """How many tensors an optimizer steps on with a gradient."""
    return len({want.source for want in record.wants if want.how == "optimizer" and want.satisfied})


def _fills(old: dict, new: dict) -> bool:
    """Slices that were all zero have a gradient now: every one of them, or some while what was there (as far as the
    sketch shows it) is as it was."""
    if not any(old.get("dead", ())):
        return True
    alive = any(set(before) - set(after) for before, after in zip(old["dead"], new["dead"]))
    if alive and not any(set(before) & set(after) for before, after in zip(old["dead"], new["dead"])):
        return True
    size = max(old["norm"], new["norm"])
    return alive and all(abs(a - b) <= 1e-4 * size for a, b in zip(old["first"], new["first"]) if a != 0)


def same_gradients(one: Record, other: Record, root: int | None = None, tolerance: float = 1e-3) -> bool:
    """Whether one backward pass (the first one by ``backward``, or this one) gave the same gradients in two runs."""
    if root is None:
        known = [r for r in one.roots if r.gradients]
        root = next((r.index for r in known if r.how == "backward"), known[0].index if known else 0)
    for mine, theirs in zip(one.roots[root : root + 1], other.roots[root : root + 1]):
        left, right = _by_name(one, mine), _by_name(other, theirs)
        if left.keys() != right.keys() or not all(same_sketch(left[name], right[name], tolerance) for name in left):
            return False
    return True


def _by_name(record: Record, root: Root) -> dict[str, dict]:
    return {canonical(record.sources[i].name): sketch for i, sketch in root.gradients.items()}


def _last_reads(record: Record) -> dict[str, dict]:
    """What the program last reads as each gradient after the first root."""
    return {canonical(w.name): w.grad for w in record.wants if w.how == "read" and w.root == 0 and w.satisfied}


def _same_value(a: Root, b: Root, tolerance: float) -> bool:
    if a.value is None or b.value is None:
        return a.value is None and b.value is None
    return output.close(a.value, b.value, tolerance)


def same_sketch(one: dict, other: dict, tolerance: float = 1e-3) -> bool:
    """Whether two gradients are equal, judged by their projections."""
    if one["shape"] != other["shape"] or one["finite"] != other["finite"]:
        return False
    size = max(one["norm"], other["norm"], 1e-12)
    return all(abs(a - b) <= tolerance * size for a, b in zip(one["projections"], other["projections"]))
