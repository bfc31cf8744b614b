"""ruff's JSON (a list of findings; rows and columns from 1, columns count characters), with ``proof`` added."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from autofix.model import Certainty, FileResult, Finding, Fix
from autofix.report import words
from autofix.source import line_starts, place
from autofix.suppress import comment_row

LEVELS = {Certainty.CERTAIN: "error", Certainty.LIKELY: "warning", Certainty.POSSIBLE: "info"}


def render(results: Sequence[FileResult], sources: Mapping[str, str]) -> str:
    """``sources`` holds the text of each path as it was when the findings were made."""
    return json.dumps(document(results, sources), indent=2, ensure_ascii=False) + "\n"


def document(results: Sequence[FileResult], sources: Mapping[str, str]) -> list[dict]:
    """The same as plain lists and dicts. A file's errors are entries whose ``code`` is null, as in ruff."""
    starts = {path: line_starts(text) for path, text in sources.items()}
    entries = []
    for result in results:
        entries += [_error(result.path, error) for error in result.errors]
        entries += [_finding(result, finding, sources, starts) for finding in result.findings]
    return entries


def _finding(result: FileResult, finding: Finding, sources: Mapping[str, str], starts: dict) -> dict:
    where = finding.break_
    span = where.span
    verdict = words.verdict_on(result, finding)
    return {
        "cell": None,
        "code": finding.code,
        "name": where.op,
        "severity": LEVELS[where.certainty],
        "message": words.message(finding),
        "filename": span.path,
        "location": _location(span.line, span.column),
        "end_location": _location(span.end_line, span.end_column),
        "noqa_row": comment_row(sources[span.path], span) if span.path in sources else span.line,
        "url": None,
        "fix": _fix(finding.fix, span.path, starts),
        "advice": finding.advice,
        "certainty": str(where.certainty),
        "targets": [target.name for target in where.targets],
        "proof": words.proof(verdict) if verdict else None,
    }


def _fix(fix: Fix | None, filename: str, starts: dict) -> dict | None:
    if fix is None or any(edit.path not in starts for edit in fix.edits):
        return None
    edits = []
    for edit in sorted(fix.edits):
        location, end = (_location(*place(starts[edit.path], at)) for at in (edit.start, edit.end))
        elsewhere = {} if edit.path == filename else {"filename": edit.path}
        edits.append({"content": edit.text, "location": location, "end_location": end, **elsewhere})
    return {"applicability": str(fix.safety), "message": fix.title, "note": fix.note, "edits": edits}


def _error(path: str, error: str) -> dict:
    here = _location(1, 0)
    return {
        "cell": None,
        "code": None,
        "name": "error",
        "severity": "error",
        "message": error,
        "filename": path,
        "location": here,
        "end_location": here,
        "noqa_row": None,
        "url": None,
        "fix": None,
    }


def _location(line: int, column: int) -> dict:
    return {"row": line, "column": column + 1}
