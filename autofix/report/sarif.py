"""SARIF 2.1.0, for code scanning services and editors' SARIF viewers."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from autofix.model import Certainty, Edit, FileResult, Finding, Fix, Span
from autofix.report import words
from autofix.source import line_starts, place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Certainty.CERTAIN: "error", Certainty.LIKELY: "warning", Certainty.POSSIBLE: "note"}


def render(
    results: Sequence[FileResult],
    sources: Mapping[str, str],
    root: str | os.PathLike[str] = ".",
    summaries: Mapping[str, str] | None = None,
) -> str:
    """``sources``: each path's text when the findings were made; ``summaries``: what each rule code means."""
    return json.dumps(document(results, sources, root, summaries), indent=2, ensure_ascii=False) + "\n"


def document(
    results: Sequence[FileResult],
    sources: Mapping[str, str],
    root: str | os.PathLike[str] = ".",
    summaries: Mapping[str, str] | None = None,
) -> dict:
    """The same as plain dicts."""
    base = Path(os.path.abspath(root))
    starts = {path: line_starts(text) for path, text in sources.items()}
    codes = sorted({finding.code for result in results for finding in result.findings})
    run = {
        "tool": {"driver": _driver(codes, summaries or {})},
        "originalUriBaseIds": {"ROOT": {"uri": base.as_uri().rstrip("/") + "/"}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(results, base)],
        "results": [_result(r, finding, codes, starts, base) for r in results for finding in r.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(codes: list[str], summaries: Mapping[str, str]) -> dict:
    rules = [{"id": code, "shortDescription": {"text": summaries.get(code) or code}} for code in codes]
    try:
        version = importlib.metadata.version("autofix")
    except importlib.metadata.PackageNotFoundError:
        return {"name": "autofix", "rules": rules}
    return {"name": "autofix", "version": version, "rules": rules}


def _invocation(results: Sequence[FileResult], base: Path) -> dict:
    notes = [
        {"level": "error", "message": {"text": error}, "locations": [{"physicalLocation": {"artifactLocation": file}}]}
        for result in results
        for file in [_file(result.path, base)]
        for error in result.errors
    ]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}


def _result(result: FileResult, finding: Finding, codes: list[str], starts: dict, base: Path) -> dict:
    where = finding.break_
    verdict = words.verdict_on(result, finding)
    entry = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[where.certainty],
        "message": {"text": ". ".join(filter(None, (words.message(finding), finding.advice)))},
        "locations": [_location(where.span, base)],
        "properties": {"certainty": str(where.certainty), "proof": words.proof(verdict) if verdict else None},
    }
    if where.related:
        entry["relatedLocations"] = [_location(span, base) for span in where.related]
    steps = [where.span, *(step.span for step in where.steps if step.on_path)]
    if len(steps) > 1:
        flow = [{"location": _location(span, base)} for span in steps]
        entry["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if finding.fix and finding.fix.edits and all(edit.path in starts for edit in finding.fix.edits):
        entry["fixes"] = [_fix(finding.fix, starts, base)]
    return entry


def _fix(fix: Fix, starts: dict, base: Path) -> dict:
    changes: dict[str, list[dict]] = {}
    for edit in sorted(fix.edits):
        changes.setdefault(edit.path, []).append(_replacement(edit, starts[edit.path]))
    return {
        "description": {"text": f"{fix.title} ({fix.safety})"},
        "artifactChanges": [
            {"artifactLocation": _file(path, base), "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _replacement(edit: Edit, starts: list[int]) -> dict:
    (line, column), (end_line, end_column) = place(starts, edit.start), place(starts, edit.end)
    region = {"startLine": line, "startColumn": column + 1, "endLine": end_line, "endColumn": end_column + 1}
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _location(span: Span, base: Path) -> dict:
    region = {
        "startLine": span.line,
        "startColumn": span.column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }
    return {"physicalLocation": {"artifactLocation": _file(span.path, base), "region": region}}


def _file(path: str, base: Path) -> dict:
    if Path(path).is_relative_to(base):
        return {"uri": quote(Path(path).relative_to(base).as_posix()), "uriBaseId": "ROOT"}
    return {"uri": Path(os.path.abspath(path)).as_uri()}
