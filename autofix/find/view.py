"""A record seen together with its source: what the causes ask about."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from autofix.find.outline import Outline
from autofix.find.record import Record, Root, Source
from autofix.model import Span, Target

OutlineOf = Callable[[str], Outline]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why one target gets no gradient; causes of one place and kind become one Break.

    ``ends``: the sites that the lost value leads to (by default the roots).
    """

    op: str
    span: Span
    target: Target
    related: tuple[Span, ...] = ()
    reason: str = ""
    ends: tuple[int, ...] | None = None
    partial: bool = False
    shared: bool = False
    site: int = -1
    """Where the value is lost, where that is not the place to blame."""
    kept: frozenset[int] = frozenset()
    """The sites of cuts that are to stay: what went through them is no part of the lost value's way."""


class View:
    """A record, the script it is of, and the outlines of its files."""

    def __init__(self, record: Record, script: str, outline_of: OutlineOf):
        self.record, self.script, self.outline_of = record, script, outline_of
        self.outline = outline_of(script)

    @property
    def ends(self) -> tuple[int, ...]:
        """The sites that made the roots."""
        return tuple(site for root in self.record.roots for site in root.made)

    @property
    def gradients_ahead(self) -> frozenset[str]:
        """The names whose ``.grad`` the script still has to read where the run ended."""
        read = {self.record.span(want.site) for want in self.record.wants if want.how == "read"}
        ahead = {name for span, name in self.outline.gradient_reads.items() if span not in read}
        over = {whole for name in ahead for whole in self.outline.elements.get(name, ())}
        return frozenset(ahead | {s.name for s in self.record.sources if s.name.split("[")[0] in over and "[" in s.name})

    def target(self, source: Source, how: str, name: str = "") -> Target:
        return Target(source.name or name or self.name(source), how, self.record.span(source.site))

    def name(self, source: Source) -> str:
        """The source's name, or where it was made."""
        span = self.record.span(source.site)
        return source.name or (f"tensor of line {span.line}" if span else "tensor")

    def live_targets(self, data) -> list[Target]:
        """The sources in ``data`` that require a gradient (all floating ones where none does)."""
        sources = [self.record.sources[i] for i in sorted(data)]
        live = [s for s in sources if s.requires_grad] or [s for s in sources if s.floating]
        reads = self.outline.gradients_read
        return [self.target(source, "read" if source.name in reads else "leaf") for source in live]

    def spans(self, *sites: int) -> tuple[Span, ...]:
        """The places of those sites that have one."""
        return tuple(span for site in sites if (span := self.record.span(site)) is not None)

    def site(self, span: Span) -> int:
        """The number of a place, -1 where it is none of the run's."""
        return self.record.spans.index(span) if span in self.record.spans else -1

    def text(self, span: Span) -> str:
        """The source of a place."""
        lines = self.outline_of(span.path).text.split("\n")[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)

    def only_tested(self, span: Span | None) -> bool:
        """Whether what is read there is only compared with None."""
        if span is None:
            return False
        tests = (n for n in self.outline_of(span.path).around(span) if isinstance(n, ast.Compare))
        return any(
            isinstance(test.ops[0], (ast.Is, ast.IsNot)) and self.outline_of(span.path).span(test.left) == span for test in tests
        )

    def root_of(self, index: int) -> Root | None:
        """The last root that holds this source's data."""
        return next((root for root in reversed(self.record.roots) if index in root.data), None)
