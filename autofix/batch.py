"""Many files: walk, screen, prove side by side, write; one that fails does not stop the others."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from autofix import scan, walk
from autofix import source as files
from autofix.model import Break, FileResult, Outcome
from autofix.progress import progress
from autofix.source import Source, SourceError
from autofix.suppress import suppressed

USES_FRAMEWORK = re.compile(rb"\b(?:torch|tensorflow|keras)\b")
DIFFERENTIATES = re.compile(rb"\bbackward\b|\bgrad\b|\boptim\b|\bfit\b|requires_grad|GradientTape|train_on_batch")
"""A file that mentions none of these cannot lose a gradient when it is run."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for."""

    mode: str = "report"
    unsafe: bool = False
    unproved: bool = False
    run: bool = True
    likely: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    jobs: int = 1
    python: str = ""
    timeout: float = 60.0
    args: tuple[str, ...] = ()
    allow_dirty: bool = False
    isolate: str = "auto"
    allow_write: bool = False
    allow_network: bool = False
    exclude: tuple[str, ...] = ()
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class Harvest:
    """All results, the texts that they speak of, and the exit code."""

    results: tuple[FileResult, ...]
    sources: dict[str, str]
    exit_code: int


def run(paths: Sequence[str], wish: Wish) -> Harvest:
    """Check, diff or write ``paths``. Raises SourceError (a path is missing, a dirty tree) and ServerError."""
    if wish.mode == "write" and not wish.allow_dirty:
        _refuse_dirty(paths)
    found = [str(Path(os.path.abspath(file))) for file in walk.files(list(paths), wish.exclude, wish.root)]
    named = {os.path.abspath(path) for path in paths}
    if not wish.run:
        return _scanned(found, named, wish)
    readable, broken = _readable(found, named)
    worth = [source for source in readable if screened(source)]
    repaired = _repaired(worth, wish) if worth else []
    results, edits, sources = _merged(repaired, worth)
    if wish.mode == "write":
        results = _written(results, edits, sources)
    all_results = sorted((*results, *broken), key=lambda result: result.path)
    return Harvest(tuple(all_results), {path: s.text for path, s in sources.items()}, _exit_code(all_results, wish, named))


def run_one(path: str, wish: Wish, raw: bytes | None = None) -> Harvest:
    """One file, whose text may come from an editor instead of the disk."""
    source = files.read(path) if raw is None else files.decode(path, raw)
    results, _, sources = _merged(_repaired([source], wish), [source])
    return Harvest(tuple(results), {p: s.text for p, s in sources.items()}, _exit_code(results, wish, {path}))


def _scanned(found: Sequence[str], named: set[str], wish: Wish) -> Harvest:
    """Nothing is executed: what the sources alone show, in as many processes as there are jobs."""
    root = wish.root or Path.cwd()
    breaks = scan.scan(found, wish.jobs, root, wish.likely)
    for path in named.intersection(found):
        breaks.setdefault(path, [])
    results, edits, sources = _merged(scan.results(breaks, _permits(wish), wish), [])
    if wish.mode == "write":
        results = _written(results, edits, sources)
    return Harvest(tuple(results), {path: s.text for path, s in sources.items()}, _exit_code(results, wish, named))


def at_place(result: FileResult, line: int, column: int) -> FileResult:
    """Only the findings that cover a place (1-based)."""
    spot = (line, column - 1)
    covers = [
        f
        for f in result.findings
        if f.break_.span.path == result.path
        and (f.break_.span.line, f.break_.span.column) <= spot <= (f.break_.span.end_line, f.break_.span.end_column)
    ]
    return replace(result, findings=tuple(covers))


def screened(source: Source) -> bool:
    """Whether running this file can show anything."""
    return bool(USES_FRAMEWORK.search(source.raw) and DIFFERENTIATES.search(source.raw))


# -- steps ----------------------------------------------------------------------------------------


def _refuse_dirty(paths: Sequence[str]) -> None:
    for path in paths:
        if os.path.isdir(path) and walk.dirty(path):
            problem = "has uncommitted changes: commit or stash them, or pass --allow-dirty"
            raise SourceError(str(path), problem, "changed")


def _readable(paths: Iterable[str], named: set[str]) -> tuple[list[Source], list[FileResult]]:
    sources, broken = [], []
    for path in paths:
        try:
            sources.append(files.read(path))
        except SourceError as error:
            if error.kind != "empty" or path in named:
                broken.append(FileResult(path, errors=(str(error),)))
    return sources, broken


def _repaired(sources: list[Source], wish: Wish) -> list[tuple[FileResult, dict]]:
    from autofix.servers import Servers  # a scan starts faster without what runs programs

    with ExitStack() as stack:
        servers = stack.enter_context(Servers(wish.python or sys.executable, isolate=wish.isolate, allow_write=wish.allow_write, allow_network=wish.allow_network))
        advance = stack.enter_context(progress(len(sources), "programs"))

        def one(source: Source):
            advance(os.path.basename(source.path))
            return _repair(source, servers, wish)

        pool = stack.enter_context(ThreadPoolExecutor(wish.jobs))
        return list(pool.map(one, sources))


def _repair(source: Source, servers, wish: Wish) -> tuple[FileResult, dict]:
    from autofix.observe import Observer, Program, project_root
    from autofix.prove.server import ServerError
    from autofix.repair import Repair  # it brings libcst, which a scan without findings does not need
    from autofix.texts import Texts

    allowed = _permits(wish, source)
    program = Program(source.path, project_root(source.path), wish.args, wish.timeout)
    try:
        observer = Observer(servers.server_for(source.raw), program)
        repair = Repair(observer, Texts({source.path: source}), allowed, wish.unsafe, wish.unproved)
        return repair.result(), repair.edits
    except (SourceError, ServerError) as error:
        return FileResult(source.path, errors=(str(error),)), {}
    except RecursionError:
        problem = f"{source.path}: an expression is nested too deeply to be followed; break it into several statements"
        return FileResult(source.path, errors=(problem,)), {}


def _permits(wish: Wish, source: Source | None = None) -> Callable[[str, Break], bool]:
    """Whether the user wants to hear of a rule's finding. ``source``: the file as an editor has it."""

    def allowed(code: str, break_: Break) -> bool:
        if wish.select and not any(code.startswith(chosen) for chosen in wish.select):
            return False
        if any(code.startswith(left) for left in wish.ignore):
            return False
        here = source is not None and break_.span.path == source.path
        text = source.text if here else files.read(break_.span.path).text
        return not suppressed(text, break_.span, code)

    return allowed


def _merged(repaired, known: list[Source]):
    """One set of edits for each file, though several programs may import and mend it."""
    sources = {source.path: source for source in known}
    edits: dict[str, tuple] = {}
    results = []
    for result, by_file in repaired:
        fresh = {path: new for path, new in by_file.items() if edits.get(path) != new}
        clash = [path for path in fresh if path in edits]
        for path in by_file:
            sources.setdefault(path, None)
            sources[path] = sources[path] or files.read(path)
        if clash:
            problem = f"another program needs other changes in {clash[0]}: apply one patch and run autofix again"
            results.append(replace(result, fixes=(), patch=b"", errors=(*result.errors, problem)))
            continue
        edits.update(fresh)
        results.append(replace(result, patch=_patch(fresh, sources)))
    for finding in (f for r in results for f in r.findings):
        path = finding.break_.span.path
        if path not in sources:
            sources[path] = files.read(path)
    return results, edits, sources


def _patch(edits: dict[str, tuple], sources: dict[str, Source]) -> bytes:
    from autofix.mend.diff import unified

    patch = b""
    for path in sorted(edits):
        old = sources[path]
        root = walk.top(os.path.dirname(path)) or _common_root(path)
        patch += unified(old, files.apply(old, edits[path]), root)
    return patch


def _common_root(path: str) -> Path:
    """Names in a patch count from the current folder, where the file is below it."""
    here = Path.cwd()
    return here if Path(path).resolve().is_relative_to(here.resolve()) else Path(path).parent


def _written(results: list[FileResult], edits: dict[str, tuple], sources: dict[str, Source]) -> list[FileResult]:
    failed: dict[str, str] = {}
    for path, new in edits.items():
        try:
            files.write(files.apply(sources[path], new), sources[path])
        except SourceError as error:
            failed[path] = str(error)
    return [
        replace(result, errors=(*result.errors, *(failed[p] for p in {e.path for f in result.fixes for e in f.edits} if p in failed)))
        for result in results
    ]


def _exit_code(results: Iterable[FileResult], wish: Wish, named: set[str]) -> int:
    """2 where a file could not be read, or one that was named could not be run."""
    results = list(results)
    if any(r.errors or r.path in named and r.verdict and r.verdict.outcome == Outcome.NOT_RUN for r in results):
        return 2
    open_ = [
        f
        for r in results
        for f in r.findings
        if not (wish.mode == "write" and r.verdict and r.verdict.outcome == Outcome.PROVED and f.fix in r.fixes)
    ]
    return 1 if open_ else 0
