"""Find without running, in many files: screen by bytes, parse what is left side by side, remember what was found."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial

from autofix import cache as caching
from autofix import source as files
from autofix.find.project import Project, read_bytes
from autofix.model import Break, Certainty, FileResult, Fix, Safety
from autofix.progress import progress
from autofix.source import Source, SourceError
from autofix.texts import Texts

# Patterns that start with letters are searched many times faster than those that start with a word's edge.
TORCH = re.compile(rb"torch(?<=\btorch)\b")
TAPE = re.compile(rb"GradientTape(?<=\bGradientTape)\b")
BACKWARD = re.compile(rb"backward(?<=\bbackward)\b")
GRAD = re.compile(rb"grad(?<=\bgrad)\s*\(")
LOSES_PARAMETER = re.compile(rb"Parameter\s*\(")
USED_ELSEWHERE = re.compile(rb"\bnn\.Module\b|\(Module\)|\bdef \w*(?:loss|criterion|objective)", re.IGNORECASE)
WRAPPED = re.compile(rb"\)\s*(?:\.\s*(?:to|cuda|cpu|float|double|half|view|reshape|type|contiguous|bfloat16)\s*\(|[*/+-])")
CALLS = re.compile(rb"\n[A-Za-z_][\w.]*\(")
SHORT = 20_000
"""A longer script says so (``__main__``) where it does more than define."""
ALONE = 200_000
"""So few bytes are not worth a second process."""
CHUNKS = 8
FEWEST_COLLECTIONS = 50_000
PASSES = 8
"""So many fixes one file gets without a run."""

Allowed = Callable[[str, Break], bool]


def screened(raw: bytes, likely: bool = False) -> bool:
    """Whether the flow can find anything in a file: cheap, and never wrong where it says no."""
    if _tapes(raw):
        return True
    if not TORCH.search(raw):
        return False
    if likely and USED_ELSEWHERE.search(raw):
        return True
    return _differentiates(raw) or bool(LOSES_PARAMETER.search(raw) and WRAPPED.search(raw))


def _tapes(raw: bytes) -> bool:
    return bool(TAPE.search(raw)) or b"keras" in raw and b".compile(" in raw and b".fit(" in raw


def _differentiates(raw: bytes) -> bool:
    return bool(BACKWARD.search(raw) or GRAD.search(raw))


def starts(raw: bytes) -> bool:
    """Whether a file that does not train does something else when it is started: what it imports may train."""
    runs = b"import " in raw and (b"__main__" in raw or len(raw) < SHORT and bool(CALLS.search(raw)))
    return runs and not _differentiates(raw) and not _tapes(raw)


def around(path: str, raw: bytes, text: str, read: Callable[[str], bytes] | None = None) -> Project:
    """The files around a script: followed where it trains, or has one of them train."""
    project = Project(path, text, read)
    project.trains = starts(raw) and any(_differentiates(other) or _tapes(other) for other in project.imported(text))
    return project


def scan(
    paths: Sequence[str], jobs: int = 1, root: str | os.PathLike[str] | None = None, likely: bool = False
) -> dict[str, list[Break] | str]:
    """The breaks of each file by path, or the reason why it could not be read. Files in which nothing can be are left out.

    ``root`` is the folder that keeps the cache; None: nothing is kept. ``likely``: also what is not certain.
    """
    memory = None if root is None else caching.Cache(root, "likely" if likely else "").load()
    found: dict[str, list[Break] | str] = {}
    fresh: list[tuple[str, str, int]] = []
    for path, raw in _contents(paths, found, likely):
        key = files.digest(raw)
        known = None if memory is None else memory.get(key, path)
        if known is None:
            fresh.append((path, key, len(raw)))
        else:
            found[path] = known
    for path, key, (result, project) in _analysed(fresh, jobs, partial(_looked_at, likely=likely)):
        found[path] = result
        if memory is not None:
            memory.put(key, result, path, project)
    if memory is not None:
        memory.save()
    return _once(found)


def _once(found: dict[str, list[Break] | str]) -> dict[str, list[Break] | str]:
    """A break in a file that several scripts import is told once: by that file, or by the first of them."""
    lists = {path: breaks for path, breaks in sorted(found.items()) if not isinstance(breaks, str)}
    told = {(b.op, b.span) for path, breaks in lists.items() for b in breaks if b.span.path == path}
    for path, breaks in lists.items():
        kept = [b for b in breaks if b.span.path == path or (b.op, b.span) not in told]
        told.update((b.op, b.span) for b in kept)
        found[path] = kept
    return found


def _contents(paths: Iterable[str], found: dict, likely: bool) -> Iterator[tuple[str, bytes]]:
    """The files that the screen lets through."""
    for path in paths:
        try:
            with open(path, "rb") as stream:
                raw = stream.read()
        except OSError as error:
            found[path] = f"{path}: cannot be read: {error.strerror}"
            continue
        if screened(raw, likely) or starts(raw):
            yield path, raw


def _analysed(fresh: list[tuple[str, str, int]], jobs: int, analyse: Callable) -> Iterator[tuple[str, str, tuple]]:
    if not fresh:
        return
    with ExitStack() as stack:
        pool = None
        if jobs > 1 and sum(size for *_, size in fresh) > ALONE and len(fresh) > 1:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
            pool = stack.enter_context(ProcessPoolExecutor(jobs, context, initializer=_rarely_collect))
        else:
            stack.enter_context(_patient_collector())
        advance = stack.enter_context(progress(len(fresh), "files"))
        names = [path for path, _, _ in fresh]
        size = max(1, min(50, len(fresh) // (jobs * CHUNKS)))
        results = map(analyse, names) if pool is None else pool.map(analyse, names, chunksize=size)
        for (path, key, _), result in zip(fresh, results):
            advance(os.path.basename(path))
            yield path, key, result


def _rarely_collect() -> None:
    gc.freeze()
    gc.set_threshold(FEWEST_COLLECTIONS, 20, 100)


class _patient_collector:
    """Syntax trees are many small objects that die together: the collector need not look so often."""

    def __enter__(self):
        self.before = gc.get_threshold()
        gc.set_threshold(FEWEST_COLLECTIONS, 20, 100)

    def __exit__(self, *error):
        gc.set_threshold(*self.before)


def breaks_of(path: str, likely: bool = False) -> list[Break] | str:
    """One file's breaks, or why it cannot be read."""
    return _looked_at(path, likely)[0]


def _looked_at(path: str, likely: bool) -> tuple[list[Break] | str, Project | None]:
    """The same, and what it depends on beside the file itself."""
    raw = read_bytes(path)
    project = around(path, raw, raw.decode("latin-1"))
    if raw and not screened(raw, likely) and not project.trains:
        return [], project
    try:
        source = files.read(path)
    except SourceError as error:
        return [] if error.kind == "empty" else str(error), None
    return source_breaks(source, project, likely), project


def source_breaks(source: Source, project: Project, likely: bool = False) -> list[Break]:
    """The breaks of a file that is read already."""
    from autofix.find import flow

    try:
        return flow.breaks(source.path, source.text, source.tree, project, likely)
    except Exception:  # a mistake of ours must not end a scan of thousands of files
        if os.environ.get("AUTOFIX_DEBUG"):
            raise
        return []


# -- findings with fixes --------------------------------------------------------------------------


def results(found: dict[str, list[Break] | str], allowed: Allowed, wish) -> list[tuple[FileResult, dict[str, tuple]]]:
    """A result for each file, and the edits that ``--write`` or ``--diff`` would make: certain and safe ones only."""
    return [_result(path, breaks, allowed, wish) for path, breaks in sorted(found.items())]


def _result(path: str, breaks: list[Break] | str, allowed: Allowed, wish) -> tuple[FileResult, dict[str, tuple]]:
    if isinstance(breaks, str):
        return FileResult(path, errors=(breaks,)), {}
    shown = [b for b in breaks if wish.likely or b.certainty == Certainty.CERTAIN]
    if not shown:
        return FileResult(path), {}
    from autofix.mend import plan as planning

    texts = Texts()
    options = planning.options(shown, _trees(texts), allowed, wish.unsafe)
    findings = tuple(option.finding for option in options)
    if wish.mode not in ("diff", "write"):
        return FileResult(path, findings), {}
    fixes, edits = _mended(path, allowed, wish.unsafe)
    return FileResult(path, findings, fixes), edits


def _trees(texts: Texts) -> Callable:
    from autofix.tree import Tree

    return cache(lambda name: Tree(name, texts.text(name)))


def _mended(path: str, allowed: Allowed, unsafe: bool) -> tuple[tuple[Fix, ...], dict[str, tuple]]:
    """Fixes of what is certain, one after the other, and what they make of the file.

    Each must leave fewer certain breaks than there were, or other ones that a later fix ends; a file for which the
    source shows a break that it did not have before is left as it is.
    """
    texts = Texts()
    first = now = _certain(path, texts)
    taken: list[Fix] = []
    for _ in range(PASSES):
        better = next(_better(path, texts, now, allowed, unsafe), None)
        if better is None:
            break
        fix, new, now = better
        taken.append(texts.fix_on_baseline(fix))
        texts = new
    if _keys(now) - _keys(first):
        return (), {}
    return tuple(taken), texts.edits()


def _better(path: str, texts: Texts, now: list[Break], allowed: Allowed, unsafe: bool) -> Iterator[tuple]:
    """Single fixes that bring the file further, with its new text and the breaks left."""
    from autofix.mend import plan as planning

    for option in planning.options(now, _trees(texts), allowed, unsafe):
        for fix in option.fixes:
            if not unsafe and fix.safety != Safety.SAFE:
                continue
            try:
                new = texts.edited([fix])
                left = _certain(path, new)
            except (SourceError, SyntaxError, ValueError):
                continue
            if not _keys(left) >= _keys(now):
                yield fix, new, left


def _certain(path: str, texts: Texts) -> list[Break]:
    text = texts.text(path)
    source = replace(texts.source(path), text=text, tree=files.parsed(text))
    project = around(path, texts.raw(path), text, lambda other: texts.raw(other) if other in texts.drafts else read_bytes(other))
    return [b for b in source_breaks(source, project) if b.certainty == Certainty.CERTAIN]


def _keys(breaks: Iterable[Break]) -> set[tuple[str, str]]:
    return {(b.op, b.expression) for b in breaks}


def statistics(results: Iterable[FileResult]) -> list[tuple[int, str, str]]:
    """How often each rule has something to say: count, code, name; the most frequent first."""
    from autofix.mend.rules import rule

    counts: dict[str, int] = {}
    for finding in (f for result in results for f in result.findings):
        counts[finding.code] = counts.get(finding.code, 0) + 1
    named = ((number, code, known.name if (known := rule(code)) else "") for code, number in counts.items())
    return sorted(named, key=lambda row: (-row[0], row[1]))


__all__ = ["breaks_of", "results", "scan", "screened", "source_breaks", "statistics"]
