"""The way of one program through the three rooms: find, mend, prove, until nothing more can be mended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autofix import source as files
from autofix.find import record as records
from autofix.find import trace
from autofix.find.outline import Outline
from autofix.mend import plan as planning
from autofix.mend.draft import Draft
from autofix.mend.plan import Allowed, Option
from autofix.model import Break, Edit, FileResult, Finding, Fix, Outcome, Safety, Span, Verdict
from autofix.probe.sketch import canonical
from autofix.prove.derivative import Answer as Said
from autofix.prove.derivative import Check, Slope, check, expected
from autofix.prove.judge import Judge, Observed, disagreement
from autofix.prove.server import ForkServer, Request
from autofix.tree import Tree

PASSES = 5
ALTERNATIVES = 6
MOST_DROPPED = 12


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a script with its project's root and arguments."""

    script: str
    root: str
    args: tuple[str, ...] = ()
    timeout: float = 60.0


@dataclass
class Texts:
    """The files as they are at one stage: drafts over what lies on the disk."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    sources: dict[str, files.Source] = field(default_factory=dict)

    def source(self, path: str) -> files.Source:
        if path not in self.sources:
            self.sources[path] = files.read(path)
        return self.sources[path]

    def text(self, path: str) -> str:
        return self.drafts[path].text if path in self.drafts else self.source(path).text

    def edited(self, fixes: Sequence[Fix]) -> Texts:
        """These texts with the fixes applied. Raises SourceError or ValueError where they cannot be."""
        drafts = dict(self.drafts)
        by_file: dict[str, list[Edit]] = {}
        for fix in fixes:
            for edit in fix.edits:
                by_file.setdefault(edit.path, []).append(edit)
        for path, edits in by_file.items():
            now = replace(self.source(path), text=self.text(path))
            merged = files.merge(now, edits)
            files.apply(now, merged)
            drafts[path] = (self.drafts.get(path) or Draft(path, self.source(path).text)).edited(merged)
        return Texts(drafts, self.sources)

    def overlay(self) -> dict[str, str]:
        return {path: draft.text for path, draft in self.drafts.items()}


class Repair:
    """Mends one program. Use ``result()`` once."""

    def __init__(
        self, server: ForkServer, program: Program, allowed: Allowed, unsafe: bool, unproved: bool, source: files.Source
    ):
        self.server, self.program, self.allowed = server, program, allowed
        self.unsafe, self.unproved, self.source = unsafe, unproved, source
        self.edits: dict[str, tuple[Edit, ...]] = {}
        self.findings: list[Finding] = []
        self.fixes: list[Fix] = []
        self.mended: list[Break] = []
        self.slopes: dict[tuple, Slope] = {}
        self.before: Observed | None = None

    def result(self) -> FileResult:
        """Findings, the proved fixes, the verdict; errors where the program could not be judged."""
        texts = Texts(sources={self.source.path: self.source})
        self.before = self.observe(texts)
        if isinstance(self.before, str):
            return FileResult(self.program.script, errors=(self.before,))
        if not self.before.breaks:
            return FileResult(self.program.script)
        again = self.observe(texts)
        unstable = again if isinstance(again, str) else disagreement(self.before, again)
        if unstable:
            options = self._options(texts, self.before)
            verdict = Verdict(Outcome.UNSTABLE, unstable)
            return FileResult(self.program.script, tuple(o.finding for o in options), (), verdict)
        return self._mend(texts)

    # -- running ----------------------------------------------------------------------------------

    def observe(self, texts: Texts) -> Observed | str:
        """One run under the probe, or the reason why it says nothing."""
        answer = self.server.run(self._request(texts))
        if answer.record is None:
            return self._no_record(answer)
        record = records.read(answer.record, texts.text)
        outlines: dict[str, Outline] = {}

        def outline_of(path: str) -> Outline:
            if path not in outlines:
                outlines[path] = Outline(path, texts.text(path))
            return outlines[path]

        return Observed(answer, record, tuple(trace.breaks(record, self.program.script, outline_of)))

    def _request(self, texts: Texts, **options) -> Request:
        program = self.program
        return Request(
            script=program.script,
            root=program.root,
            args=program.args,
            overlay=texts.overlay(),
            timeout=program.timeout,
            **options,
        )

    def _no_record(self, answer) -> str:
        if answer.timed_out:
            return f"the program ran for {self.program.timeout:g} s without an end: raise --timeout"
        if answer.signal:
            return f"the program was ended by signal {answer.signal}"
        last = answer.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return f"the program left no record (exit code {answer.code}{': ' + last[0] if last else ''})"

    # -- mending ----------------------------------------------------------------------------------

    def _options(self, texts: Texts, run: Observed) -> list[Option]:
        trees: dict[str, Tree] = {}

        def tree_of(path: str) -> Tree:
            if path not in trees:
                trees[path] = Tree(path, texts.text(path))
            return trees[path]

        return planning.options(run.breaks, tree_of, self.allowed, self.unsafe)

    def _mend(self, texts: Texts) -> FileResult:
        run, verdict, tried = self.before, None, set()
        for number in range(PASSES):
            options = self._options(texts, run)
            usable = [o for o in options if o.fixes]
            if number == 0:
                self.findings += [o.finding for o in options]
            if not usable:
                break
            step = self._best(texts, usable)
            if step is None:
                break
            new_texts, fixes, mended, after, verdict = step
            if number:
                self.findings += [self._on_baseline(o.finding, texts) for o in options if o.fixes]
            self.fixes += [self._fix_on_baseline(fix, texts) for fix in fixes]
            self.mended += mended
            texts, run = new_texts, after
            key = tuple(sorted(texts.overlay().items()))
            if key in tried or not run.breaks:
                break
            tried.add(key)
        return self._summed_up(texts, verdict)

    def _best(self, texts: Texts, usable: list[Option]):
        """Try the first fixes of all options, then alternatives; give the first that goes somewhere."""
        best = None
        for choice in _choices(usable):
            outcome = self._try(texts, choice)
            if outcome is None:
                continue
            if outcome[4].outcome == Outcome.PROVED:
                return self._smallest(texts, choice, outcome)
            if best is None and outcome[4].outcome == Outcome.NO_EFFECT and self._went_on(outcome[3]):
                best = outcome
        return best

    def _went_on(self, after: Observed) -> bool:
        """The patch is not enough, but the run now shows other breaks: another pass may finish it."""
        known = {(b.op, b.expression) for b in self.before.breaks}
        return bool(after.breaks) and any((b.op, b.expression) not in known for b in after.breaks)

    def _try(self, texts: Texts, choice: list[tuple[Option, Fix]]):
        plan = planning.together([fix for _, fix in choice])
        if not plan.fixes:
            return None
        kept = [o for o, fix in choice if not any(fix.edits == w.edits for w in plan.waiting)]
        try:
            new_texts = texts.edited(plan.fixes)
        except (files.SourceError, ValueError):
            return None
        after = self.observe(new_texts)
        if isinstance(after, str):
            return None
        mended = [o.finding.break_ for o in kept]
        safety = Safety.UNSAFE if any(f.safety == Safety.UNSAFE for f in (*plan.fixes, *self.fixes)) else Safety.SAFE
        verdict = self._judge(after, new_texts, [*self.mended, *mended], safety)
        return new_texts, plan.fixes, mended, after, verdict

    def _smallest(self, texts: Texts, choice, outcome):
        """Drop each fix whose absence changes no verdict."""
        if len(choice) < 2 or len(choice) > MOST_DROPPED:
            return outcome
        kept = list(choice)
        for item in list(choice):
            if len(kept) == 1:
                break
            fewer = [other for other in kept if other is not item]
            smaller = self._try(texts, fewer)
            if smaller is None or smaller[4].outcome != Outcome.PROVED:
                continue
            if self._as_good(smaller, outcome):
                kept, outcome = fewer, (*smaller[:2], outcome[2], *smaller[3:])
        return outcome

    def _as_good(self, smaller, outcome) -> bool:
        full = Judge(self.before, smaller[3], [*self.mended, *outcome[2]], Safety.SAFE, ("", ""))
        same_derivative = smaller[4].derivative == outcome[4].derivative or outcome[4].derivative != "agrees"
        return same_derivative and len(smaller[3].breaks) <= len(outcome[3].breaks) and all(
            full.gets_gradient(name) for name in full.targets
        )

    # -- proving ----------------------------------------------------------------------------------

    def _judge(self, after: Observed, texts: Texts, mended: Sequence[Break], safety: Safety) -> Verdict:
        judge = Judge(self.before, after, mended, safety, ("", ""))
        if not all(judge.gets_gradient(name) for name in judge.targets) or safety == Safety.UNSAFE:
            reason = "the fix changes the maths" if safety == Safety.UNSAFE else "no gradient to check"
            return judge.verdict(Check(Said.NOT_CHECKED, reason))
        return judge.verdict(self._derivative(after, texts, judge))

    def _derivative(self, after: Observed, texts: Texts, judge: Judge) -> Check:
        """Against the original program's loss where it has one, else against the patched program's own."""
        root = next((r.index for r in after.record.roots if r.gradients and r.how != "inner"), None)
        if root is None:
            return Check(Said.NOT_CHECKED, "no gradient came from a backward pass")
        new = {canonical(after.record.sources[i].name): s for i, s in after.record.roots[root].gradients.items()}
        run = self.before if root < len(self.before.record.roots) else after
        base = Texts(sources=texts.sources) if run is self.before else texts
        sources = [
            s
            for s in run.record.sources
            if canonical(s.name) in judge.targets and s.floating and s.use >= 0 and s.index in run.record.roots[root].data
        ]
        if not sources or {canonical(s.name) for s in sources} != set(judge.targets) & {canonical(s.name) for s in sources}:
            return Check(Said.NOT_CHECKED, "the targets cannot be shifted in the original program")
        if self._held_back(after, root, judge):
            return Check(Said.NOT_CHECKED, "a stop-gradient that stays makes the slope another one")
        slope = self._slope(run, base, tuple(sources), root)
        gradients = {s.name: new.get(canonical(s.name)) for s in sources}
        if any(g is None for g in gradients.values()):
            return Check(Said.NOT_CHECKED, "another backward pass gives some of the gradients")
        return check(slope, expected(sources, gradients))

    def _held_back(self, after: Observed, root: int, judge: Judge) -> bool:
        record = after.record
        names = {s.index for s in record.sources if canonical(s.name) in judge.targets}
        return any(not record.cuts[c].soft and record.cuts[c].data & names for c in record.roots[root].cuts)

    def _slope(self, run: Observed, texts: Texts, sources, root: int) -> Slope:
        key = (id(run) if run is not self.before else 0, tuple(s.index for s in sources), root)
        if key not in self.slopes:

            def shifted(nudge, number):
                answer = self.server.run(self._request(texts, nudge=nudge, last_root=number + 1))
                roots = answer.record["roots"] if answer.record else []
                return roots[number]["value"] if len(roots) > number else None

            self.slopes[key] = Slope(shifted, sources, root, run.record.roots[root].value or 0.0)
        return self.slopes[key]

    # -- saying it on the baseline ----------------------------------------------------------------

    def _fix_on_baseline(self, fix: Fix, texts: Texts) -> Fix:
        edits = tuple(
            Edit(e.path, texts.drafts[e.path].origin(e.start), texts.drafts[e.path].origin(e.end), e.text)
            if e.path in texts.drafts
            else e
            for e in fix.edits
        )
        return replace(fix, edits=edits)

    def _on_baseline(self, finding: Finding, texts: Texts) -> Finding:
        span, fix = finding.break_.span, finding.fix
        if span.path in texts.drafts:
            draft = texts.drafts[span.path]
            now, then = files.line_starts(draft.text), files.line_starts(draft.baseline)
            start = files.place(then, draft.origin(now[span.line - 1] + span.column))
            end = files.place(then, draft.origin(now[span.end_line - 1] + span.end_column))
            span = Span(span.path, *start, *end)
        return replace(
            finding,
            break_=replace(finding.break_, span=span),
            fix=self._fix_on_baseline(fix, texts) if fix else None,
        )

    def _summed_up(self, texts: Texts, verdict: Verdict | None) -> FileResult:
        wanted = verdict is not None and (verdict.outcome == Outcome.PROVED or self.unproved)
        if wanted:
            self.edits = {path: draft.edits() for path, draft in sorted(texts.drafts.items())}
        return FileResult(self.program.script, tuple(self.findings), tuple(self.fixes) if wanted else (), verdict)


def _choices(usable: list[Option]):
    """Combinations worth trying: everybody's best, then one option at a time its others."""
    first = [(o, o.fixes[0]) for o in usable]
    yield first
    tried = 0
    for index, option in enumerate(usable):
        for fix in option.fixes[1:]:
            if tried >= ALTERNATIVES:
                return
            tried += 1
            yield [*first[:index], (option, fix), *first[index + 1 :]]
    if len(usable) > 1:
        for item in first[:ALTERNATIVES]:
            yield [item]


def project_root(script: str) -> str:
    """The folder whose files are the user's own: the git work tree's top, else the script's folder."""
    from autofix import walk

    return str(walk.top(os.path.dirname(script)) or os.path.dirname(script))
