"""The files of one program at one stage of its repair: drafts over what lies on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from autofix import source as files
from autofix.mend.draft import Draft
from autofix.model import Edit, Finding, Fix, Span
from autofix.source import Source


@dataclass
class Texts:
    """Reads each file once; ``edited`` gives the next stage and leaves this one as it is."""

    sources: dict[str, Source] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)

    def source(self, path: str) -> Source:
        """The baseline. Raises SourceError."""
        if path not in self.sources:
            self.sources[path] = files.read(path)
        return self.sources[path]

    def text(self, path: str) -> str:
        return self.drafts[path].text if path in self.drafts else self.source(path).text

    def raw(self, path: str) -> bytes:
        """The text as bytes, in the file's own encoding."""
        return self.text(path).encode(self.source(path).encoding, "replace")

    def overlay(self) -> dict[str, str]:
        """The text of every file read so far: what runs is what was read, whatever becomes of the disk."""
        return {path: self.text(path) for path in {**self.sources, **self.drafts}}

    def edited(self, fixes: Iterable[Fix]) -> Texts:
        """These texts with the fixes applied. Raises SourceError or ValueError where they cannot be."""
        by_file: dict[str, list[Edit]] = {}
        for fix in fixes:
            for edit in fix.edits:
                by_file.setdefault(edit.path, []).append(edit)
        drafts = dict(self.drafts)
        for path, edits in by_file.items():
            now = replace(self.source(path), text=self.text(path))
            merged = files.merge(now, edits)
            files.apply(now, merged)
            drafts[path] = (self.drafts.get(path) or Draft(path, self.source(path).text)).edited(merged)
        return Texts(self.sources, drafts)

    def edits(self) -> dict[str, tuple[Edit, ...]]:
        """Everything that changed, as edits of the baselines."""
        return {path: draft.edits() for path, draft in sorted(self.drafts.items())}

    # -- saying it on the baseline ----------------------------------------------------------------

    def fix_on_baseline(self, fix: Fix) -> Fix:
        """A fix written against this stage, with its places in the baseline."""
        return replace(fix, edits=tuple(self._edit_on_baseline(edit) for edit in fix.edits))

    def _edit_on_baseline(self, edit: Edit) -> Edit:
        draft = self.drafts.get(edit.path)
        return edit if draft is None else Edit(edit.path, draft.origin(edit.start), draft.origin(edit.end), edit.text)

    def finding_on_baseline(self, finding: Finding) -> Finding:
        """A finding made at this stage, with its places in the baseline."""
        break_ = finding.break_
        span = self._span_on_baseline(break_.span)
        break_ = replace(
            break_,
            span=span,
            expression=self._baseline_at(span) if span.path in self.drafts else break_.expression,
            related=tuple(self._span_on_baseline(span) for span in break_.related),
            steps=tuple(replace(step, span=self._span_on_baseline(step.span)) for step in break_.steps),
        )
        return replace(finding, break_=break_, fix=self.fix_on_baseline(finding.fix) if finding.fix else None)

    def _baseline_at(self, span: Span) -> str:
        text = self.drafts[span.path].baseline
        starts = files.line_starts(text)
        return text[starts[span.line - 1] + span.column : starts[span.end_line - 1] + span.end_column]

    def wrote(self, span: Span) -> bool:
        """Whether what the expression at this place does (its last call or attribute) is of our own writing."""
        draft = self.drafts.get(span.path)
        return draft is not None and draft.is_new(files.line_starts(draft.text)[span.end_line - 1] + span.end_column - 1)

    def _span_on_baseline(self, span: Span) -> Span:
        draft = self.drafts.get(span.path)
        if draft is None:
            return span
        now, then = files.line_starts(draft.text), files.line_starts(draft.baseline)
        start = files.place(then, draft.origin(now[span.line - 1] + span.column))
        end = files.place(then, draft.origin(now[span.end_line - 1] + span.end_column))
        return Span(span.path, *start, *end)
