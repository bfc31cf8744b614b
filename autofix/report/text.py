"""The report for a person, in the manner of a compiler's messages.

It is composed as blocks (lines of styled segments, and tables), which are printed with rich where someone
looks at a terminal and plainly everywhere else: what goes down a pipe never pays for rich's import.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from autofix.model import Certainty, FileResult, Finding, Outcome, Safety, Verdict
from autofix.report import words
from autofix.report.excerpt import excerpt, safe, width_of
from autofix.source import NEWLINE

Line = tuple[tuple[str, str], ...]
"""Segments of style and text."""


@dataclass(frozen=True, slots=True)
class Table:
    """A proof's rows, the head first."""

    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What the stream can show."""

    width: int
    encoding: str
    arrow: str
    dots: str


def render(
    results: Sequence[FileResult],
    sources: Mapping[str, str],
    stream: TextIO | None = None,
    *,
    root: str | os.PathLike[str] = ".",
    hint: str = "autofix --diff shows them",
) -> None:
    """Print the results. ``sources`` holds the text of each path as it was when the findings were made.

    ``hint`` ends the summary after the number of proved fixes, and says how to get at them.
    """
    stream = stream or sys.stdout
    look = _look(stream)
    texts = {path: NEWLINE.split(text) for path, text in sources.items()}
    blocks = list(_blocks(results, texts, look, root, hint))
    (_print_rich if styled(stream) else _print_plain)(blocks, stream, look)


def styled(stream: TextIO) -> bool:
    """Whether to use colour: on a terminal, or as NO_COLOR and FORCE_COLOR say (NO_COLOR wins)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _look(stream: TextIO) -> Look:
    encoding = getattr(stream, "encoding", None) or "utf-8"  # an in-memory stream has none and takes all
    try:
        "→…".encode(encoding)
        arrow, dots = "→", "…"
    except (UnicodeEncodeError, LookupError):
        arrow, dots = "->", "..."
    width = shutil.get_terminal_size().columns if stream.isatty() else 120
    return Look(min(max(width, 40), 120), encoding, arrow, dots)


# -- composing ------------------------------------------------------------------------------------


def _blocks(results, texts, look: Look, root, hint: str) -> Iterator[Line | Table]:
    for result in results:
        for finding in sorted(result.findings, key=lambda finding: finding.break_.span):
            yield from _finding(result, finding, texts, look, root)
            yield ()
        if result.verdict is not None:
            yield from _verdict(result.verdict, words.shown(result.path, root))
            yield ()
        for error in result.errors:
            yield (("bad", "error"), ("", f": {error}"))
    yield (("bold", _summary(results, hint)),)


def _certainty(finding: Finding) -> str:
    certainty = finding.break_.certainty
    return "" if certainty == Certainty.CERTAIN else f"{certainty}: "


def _finding(result: FileResult, finding: Finding, texts, look: Look, root) -> Iterator[Line]:
    span = finding.break_.span
    place = f":{span.line}:{span.column + 1}: "
    yield (
        ("bold", words.shown(span.path, root)),
        ("dim", place),
        ("code", finding.code),
        ("", f" {_certainty(finding)}{words.message(finding)}"),
    )
    number = str(span.line)
    margin = " " * len(number)
    seen = excerpt(texts.get(span.path, []), span, look.width - len(number) - 3, look.encoding)
    if seen:
        yield (("dim", f"{margin} |"),)
        yield (("dim", f"{number} | "), ("", seen[0]))
        yield (("dim", f"{margin} | "), ("bad", seen[1]))
    names = words.named(finding.break_.targets)
    starves = "starve" if len(finding.break_.targets) > 1 else "starves"
    part = " in part" if finding.break_.partial else ""
    line = words.road(finding, texts, look.arrow, look.dots)
    yield (("dim", f"{margin} = "), ("", f"{names} {starves}{part}: {line}"))
    for style, text in _help(result, finding):
        yield (("dim", f"{margin} = "), (style, text))


def _help(result: FileResult, finding: Finding) -> Iterator[tuple[str, str]]:
    fix = finding.fix
    if fix is None:
        if finding.advice:
            yield "", f"help: {finding.advice}"
        return
    proved = words.proved(result, finding)
    untried = result.verdict is None and fix in result.fixes
    said_of_it = (("unsafe", fix.safety == Safety.UNSAFE), ("proved", proved), ("unproved", untried))
    marks = [mark for mark, said in said_of_it if said]
    mark = f" ({', '.join(marks)})" if marks else ""
    yield "good" if proved else "", f"fix{mark}: {fix.title}"
    if fix.note:
        yield "", f"note: {fix.note}"


def _verdict(verdict: Verdict, name: str) -> Iterator[Line | Table]:
    style = {Outcome.PROVED: "good", Outcome.HARM: "bad"}.get(verdict.outcome, "bold")
    reason = f": {verdict.reason}" if verdict.reason else ""
    yield (("bold", f"{name}: "), (style, str(verdict.outcome)), ("", reason))
    rows = [(row.target, row.before, row.after, words.derivative(row)) for row in verdict.rows]
    if verdict.loss_before or verdict.loss_after:
        rows.append(("the loss", verdict.loss_before, verdict.loss_after, ""))
    if rows:
        yield Table((("gradient of", "before", "after", "derivative"), *rows))
    if rows and verdict.derivative not in ("", "agrees"):
        yield (("", f"  derivative: {verdict.derivative}"),)


def _summary(results: Sequence[FileResult], hint: str) -> str:
    findings = sum(len(result.findings) for result in results)
    hit = sum(bool(result.findings) for result in results)
    failed = sum(bool(result.errors) for result in results)
    text = f"no lost gradients in {words.count(len(results) - failed, 'file')}"
    if findings:
        text = f"{words.count(findings, 'finding')} in {words.count(hit, 'file')}"
    if failed:
        text += f", {words.count(failed, 'file')} with errors"
    done = sum(len(r.fixes) for r in results if r.verdict and r.verdict.outcome == Outcome.PROVED)
    if done:
        text += f", {words.count(done, 'proved fix', 'proved fixes')}" + (f": {hint}" if hint else "")
    return text


# -- printing -------------------------------------------------------------------------------------


def _print_plain(blocks: list[Line | Table], stream: TextIO, look: Look) -> None:
    for block in blocks:
        if isinstance(block, Table):
            stream.writelines(f"  {row}\n" for row in _aligned(block, look))
        else:
            stream.write("".join(safe(text, look.encoding) for _, text in block).rstrip() + "\n")


def _aligned(table: Table, look: Look) -> Iterator[str]:
    rows = [[safe(words.brief(cell, 48, look.dots), look.encoding) for cell in row] for row in table.rows]
    widths = [max(map(width_of, column)) for column in zip(*rows)]
    for row in rows:
        cells = (cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths))
        yield "   ".join(cells).rstrip()


def _print_rich(blocks: list[Line | Table], stream: TextIO, look: Look) -> None:
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    styles = {"bad": "bold red", "good": "bold green", "code": "bold red", "bold": "bold", "dim": "cyan"}
    console = Console(file=stream, force_terminal=True, width=look.width, highlight=False)
    for block in blocks:
        if isinstance(block, Table):
            table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
            for name in block.rows[0]:
                table.add_column(name, overflow="fold")
            for row in block.rows[1:]:
                table.add_row(*(Text(safe(cell, look.encoding)) for cell in row))
            console.print(Padding(table, (0, 2), expand=False))
        else:
            segments = [(safe(text, look.encoding), styles.get(style, "")) for style, text in block]
            console.print(Text.assemble(*segments), soft_wrap=True)
