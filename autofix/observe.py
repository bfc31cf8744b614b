"""Run a program under the probe and read what it shows."""

from __future__ import annotations

import os
from dataclasses import dataclass

from autofix import walk
from autofix.find import record as records
from autofix.find import trace
from autofix.find.outline import Outline
from autofix.find.record import Record
from autofix.model import Break
from autofix.prove.server import Answer, ForkServer, Request
from autofix.texts import Texts


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a script with its project's root and its arguments; ``timeout`` in seconds."""

    script: str
    root: str
    args: tuple[str, ...] = ()
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One run: how the process ended, what the probe saw, what was lost."""

    answer: Answer
    record: Record
    breaks: tuple[Break, ...]
    texts: Texts
    wavering: frozenset[str] = frozenset()
    """Lines (without their numbers) whose numbers differ from run to run."""

    @property
    def printed(self) -> str:
        return self.answer.stdout.decode("utf-8", "replace")

    def text(self, site: int) -> str:
        """The source of a place of this run."""
        span = self.record.span(site)
        if span is None:
            return ""
        lines = self.texts.text(span.path).split("\n")[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)

    @property
    def scripts(self) -> list[str]:
        """The texts of the program's files that were read so far."""
        return [self.texts.text(path) for path in self.texts.sources]


class NotRun(Exception):
    """A run that says nothing; the message is the reason, in one line."""


class Observer:
    """Runs one program in its various texts."""

    def __init__(self, server: ForkServer, program: Program):
        self.server, self.program = server, program

    def observe(self, texts: Texts) -> Observed:
        """One run under the probe. Raises NotRun."""
        answer = self.server.run(self._request(texts))
        if answer.record is None:
            raise NotRun(answer.reason or f"the program left no record (exit code {answer.code})")
        record = records.read(answer.record, texts.text)
        outlines: dict[str, Outline] = {}

        def outline_of(path: str) -> Outline:
            if path not in outlines:
                outlines[path] = Outline(path, texts.text(path))
            return outlines[path]

        breaks = tuple(trace.breaks(record, self.program.script, outline_of))
        return Observed(answer, record, breaks, texts)

    def held(self, texts: Texts, hold: tuple[tuple, ...], root: int) -> str:
        """Run up to a root and keep the results of the calls in ``hold``; gives the file they lie in."""
        return self.server.run(self._request(texts, hold=hold, last_root=root + 1)).held

    def value_when_shifted(self, texts: Texts, nudge: dict[int, dict], root: int, hold=(), held: str = "") -> float | None:
        """The value of a root (by number) when sources are shifted at their first use, ``hold`` staying as it was."""
        answer = self.server.run(self._request(texts, nudge=nudge, last_root=root + 1, hold=hold, held=held))
        roots = answer.record["roots"] if answer.record else []
        return roots[root]["value"] if len(roots) > root else None

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


def project_root(script: str) -> str:
    """The folder whose files are the user's own: the git work tree's top, else the script's folder."""
    folder = os.path.dirname(script)
    return str(walk.top(folder) or folder)
