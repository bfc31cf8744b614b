"""From a run's record to the breaks: the places where the gradient of a starved target stops."""

from __future__ import annotations

from collections.abc import Callable

from autofix.find.outline import Outline
from autofix.find.record import Cut, Failure, Record, Root, Want, is_gradient
from autofix.find.starved import Starved, fed, is_dead, optimized, starved
from autofix.model import Break, Certainty, Span, Target

OutlineOf = Callable[[str], Outline]

TO_NUMPY = "Can't call numpy() on Tensor that requires grad"
LEAF_IN_PLACE = ("a leaf Variable that requires grad", "a view of a leaf Variable")
SAVED_IN_PLACE = "modified by an inplace operation"
SECOND_TIME = "backward through the graph a second time"
ONLY_FLOATS = "can require gradients"
NOT_LEAF = "can't optimize a non-leaf Tensor"


class Trace:
    """Reads one record; ``breaks()`` gives what was lost where. ``script`` is the file that was run."""

    def __init__(self, record: Record, script: str, outline_of: OutlineOf):
        self.record, self.script, self.outline_of = record, script, outline_of
        self.outline = outline_of(script)
        self._found: dict[tuple[str, Span], Break] = {}
        self._ends = [site for root in record.roots for site in root.made]

    def breaks(self) -> list[Break]:
        """All breaks of this run, in source order."""
        for target in starved(self.record, self.outline.gradients_read):
            self._of_starved(target)
        self._of_non_leaves()
        self._of_failures()
        self._of_roots()
        self._of_zeroed()
        self._of_untrained()
        return sorted(self._found.values(), key=lambda b: (b.span, b.op))

    # -- targets whose data reached a root without gradient ---------------------------------------

    def _of_starved(self, target: Starved) -> None:
        source, record = target.source, self.record
        name = Target(source.name or self._described(source), target.how, record.span(source.site))
        root = self._relevant(target)
        cuts = [record.cuts[i] for i in sorted(root.cuts) if source.index in record.cuts[i].data]
        hard = [cut for cut in cuts if not cut.soft]
        for cut in hard or cuts:
            self._cut(cut, name, root)
        if not source.requires_grad:
            self._untracked(target, name)

    def _relevant(self, target: Starved) -> Root:
        """The root whose gradient is missed: the last before the want."""
        before = [r for r in target.roots if target.want is None or r.index <= target.want.root]
        return (before or list(target.roots))[-1]

    def _described(self, source) -> str:
        span = self.record.span(source.site)
        return f"tensor of line {span.line}" if span else "tensor"

    def _cut(self, cut: Cut, target: Target, root: Root) -> None:
        span = self.record.span(cut.site)
        if span is None:
            return
        related = tuple(s for s in (self.record.span(cut.mode),) if s is not None)
        op = cut.op
        assignment = self.outline_of(span.path).assignment_at(span)
        if assignment is not None and assignment.target == target.name and f"{target.name}.grad" in assignment.names_in_value:
            op, related = "leaf:rebound", (assignment.span,)
        self._add(op, span, target, related=related, ends=[*root.made])

    def _untracked(self, target: Starved, name: Target) -> None:
        source = target.source
        span = self.record.span(source.site)
        if span is None:
            return
        read = tuple(s for s in (self.record.span(target.want.site),) if s) if target.want else ()
        if source.owner == "raw":
            op = "module:raw-tensor"
        elif source.parameter:
            frozen = [n["site"] for n in self.record.notes if n["what"] == "frozen" and n["source"] == source.index]
            span = self.record.span(frozen[-1]) if frozen else span
            op = "leaf:frozen"
        else:
            op = "leaf:untracked"
        if span is not None:
            self._add(op, span, name, related=read)

    # -- gradients asked of what is no leaf -------------------------------------------------------

    def _of_non_leaves(self) -> None:
        for want in self.record.wants:
            if want.grad is not None or want.leaf or want.how == "autograd.grad":
                continue
            reached = any(want.data <= root.data for root in self.record.roots) or want.how == "optimizer"
            if not reached or not want.name and want.how == "read" and want.made < 0:
                continue
            self._non_leaf(want)

    def _non_leaf(self, want: Want) -> None:
        made, read = self.record.span(want.made), self.record.span(want.site)
        if made is None or read is None:
            return
        target = Target(want.name or "tensor", want.how, made)
        assignment = self.outline_of(made.path).assignment_at(made)
        rebound = assignment is not None and (assignment.makes_leaf or assignment.target in assignment.names_in_value)
        if rebound or want.how == "optimizer":
            self._add("leaf:rebound", made, target, related=(read,))
        else:
            self._add("grad:intermediate", read, target, related=(made,))

    # -- calls that raised ------------------------------------------------------------------------

    def _of_failures(self) -> None:
        if self.record.end.how != "exception" and any(not is_dead(self.record, r) for r in self.record.roots):
            return
        seen = {(root.site, root.error[:40]) for root in self.record.roots}
        for failure in self.record.failures:
            if failure.message and failure.message[:60] in self.record.end.message or self.record.end.how != "exception":
                if (failure.site, f"{failure.error}: {failure.message}"[:40]) not in seen:
                    self._failure(failure)

    def _failure(self, failure: Failure) -> None:
        span = self.record.span(failure.site)
        if span is None:
            return
        targets = self._live_targets(failure.data)
        if TO_NUMPY in failure.message:
            op = failure.op
        elif failure.message.startswith(LEAF_IN_PLACE):
            op = "leaf:inplace"
        elif ONLY_FLOATS in failure.message:
            op = "leaf:integer"
        elif failure.op.startswith(("numpy.", "math.", "scipy.")):
            op = failure.op
        elif failure.op.startswith("torch.Tensor.") and failure.error == "TypeError" and "numpy" in span.path:
            op = failure.op
        else:
            op = f"failed:{failure.op}"
        for target in targets:
            self._add(op, span, target, reason=failure.message.split("\n")[0], ends=[failure.site])

    def _live_targets(self, data) -> list[Target]:
        sources = [self.record.sources[i] for i in sorted(data)]
        live = [s for s in sources if s.requires_grad] or [s for s in sources if s.floating]
        return [Target(s.name or self._described(s), "leaf", self.record.span(s.site)) for s in live]

    # -- backward passes that raised --------------------------------------------------------------

    def _of_roots(self) -> None:
        for root in self.record.roots:
            if SAVED_IN_PLACE in root.error:
                self._saved(root)
            elif SECOND_TIME in root.error:
                self._second_time(root)

    def _saved(self, root: Root) -> None:
        targets = self._live_targets(root.data)
        for note in self.record.notes:
            if note["what"] == "inplace" and set(note["data"]) & set(root.data):
                span = self.record.span(note["site"])
                for target in targets if span is not None else ():
                    self._add("saved:inplace", span, target, reason=root.error, related=_some(self.record.span(root.site)))

    def _second_time(self, root: Root) -> None:
        """The graph of an earlier root is used again: what was made once, before the loop, is re-used."""
        spans = {}
        for source in (self.record.sources[i] for i in sorted(root.data)):
            if source.requires_grad:
                span = self.record.span(source.site)
                if span is not None:
                    spans[span] = Target(source.name or self._described(source), "leaf", span)
        for span, target in spans.items():
            assignment = self.outline_of(span.path).assignment_at(span)
            if assignment is not None and assignment.makes_leaf and not assignment.in_loop:
                self._add("leaf:rebound", span, target, related=_some(self.record.span(root.site)), reason=root.error)

    # -- gradients thrown away, parameters left out -----------------------------------------------

    def _of_zeroed(self) -> None:
        """A gradient came back, and was cleared before the program used it."""
        for index in fed(self.record):
            source = self.record.sources[index]
            wants = [w for w in self.record.wants if w.source == index and w.root >= 0]
            if wants and not any(w.satisfied for w in wants) and source.zeroed >= 0:
                span = self.record.span(source.zeroed)
                if span is not None:
                    target = Target(source.name or self._described(source), wants[0].how, self.record.span(source.site))
                    self._add("grad:zeroed", span, target, related=_some(self.record.span(wants[0].site)))

    def _of_untrained(self) -> None:
        """Tensors that are weights by all signs, get a gradient, and are in no optimizer."""
        held = optimized(self.record)
        if not held:
            return
        for source in self.record.sources:
            if source.index in held or not source.name or source.owner not in ("raw", "untracked"):
                continue
            if not any(source.index in root.data for root in self.record.roots) or not source.requires_grad:
                continue
            span = self.record.span(source.site)
            if span is not None:
                op = "module:raw-tensor" if source.owner == "raw" else "module:list"
                self._add(op, span, Target(source.name, "optimizer", span))

    # -- collecting -------------------------------------------------------------------------------

    def _add(self, op: str, span: Span, target: Target, *, related=(), reason: str = "", ends=None) -> None:
        held = self._found.get((op, span))
        if held is not None:
            if all(known.name != target.name for known in held.targets):
                self._found[(op, span)] = Break(
                    op, span, held.expression, (*held.targets, target), held.partial, held.certainty, held.steps, held.related, held.reason
                )
            return
        self._found[(op, span)] = Break(
            op=op,
            span=span,
            expression=self._text(span),
            targets=(target,),
            certainty=Certainty.CERTAIN,
            steps=self.record.steps(self._ends if ends is None else ends),
            related=tuple(related),
            reason=reason,
        )

    def _text(self, span: Span) -> str:
        lines = self.outline_of(span.path).text.split("\n")[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)


def _some(span: Span | None) -> tuple[Span, ...]:
    return () if span is None else (span,)


def breaks(record: Record, script: str, outline_of: OutlineOf) -> list[Break]:
    """The breaks that this run shows."""
    return Trace(record, script, outline_of).breaks()
