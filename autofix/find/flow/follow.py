"""From a file's source to its breaks: follow it as a program, then each training step that nobody calls."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from autofix.find import record as records
from autofix.find.flow import signs, unregistered
from autofix.find.flow.machine import NEXT, Budget, Enough, Frame, Machine, Raised, Seen
from autofix.find.flow.places import announced
from autofix.find.project import Project
from autofix.find.values import Class, Func, Inst, opaque
from autofix.model import Break, Certainty, Span

DIFFERENTIATES = re.compile(r"\bbackward\b|\bautograd\.grad\b|\bgrad\s*\(|\bGradientTape\b")
NOT_CALLED = re.compile(r"\.backward[ \t]*(?:$|;|#)", re.MULTILINE)
LOSES = re.compile(r"\bdetach|\.data\b|\.numpy\b|\bnp\.|\bno_grad\b|inference_mode|set_grad_enabled|\.item\b|torch\.tensor\b|argmax|self\.\w+ *= *[\[{]|torch\.(?:rand|zeros|ones)")
"""Without any of these nothing is lost."""
OTHERS = ("optimizer:", "grad:", "leaf:")
"""What only the training step itself decides."""
STEPS_PER_LINE = 80
LEAST_STEPS, MOST_STEPS, STEPS_ALONE = 15_000, 300_000, 6_000
STEPS_UNTRAINED = 200_000
DEEP = 20_000


def breaks(path: str, text: str, tree: ast.Module, project: Project | None = None, likely: bool = False) -> list[Break]:
    """The breaks that the source alone shows, in source order; nothing where the program is too large to follow.

    ``project``: the files around it, None where imports are not to be followed. ``likely``: where nobody trains in the file, also what a training step elsewhere would likely lose.
    """
    if not DIFFERENTIATES.search(text) and not _fits(text):
        found = list(unregistered.breaks(path, text, tree))
        if project is not None and project.trains:
            return _deep(lambda: _sorted([*found, *_found(_machine(path, text, LEAST_STEPS, project), text, tree)]))
        return _deep(lambda: _sorted([*found, *_untrained(path, text, tree)])) if likely else found
    budget = min(MOST_STEPS, LEAST_STEPS + STEPS_PER_LINE * (text.count("\n") + 1))
    machine, smaller = _machine(path, text, budget, project), _machine(path, text, budget)
    return _deep(lambda: _sorted(_found(machine, text, tree, smaller)))


def _found(machine: Machine, text: str, tree: ast.Module, smaller: Machine | None = None) -> Iterator[Break]:
    """Of the program and what it imports; where that is too large, what the ``smaller`` one says, which follows no imports."""
    if _program(machine, tree):
        for seen, alone in _runs(machine, tree):
            yield from _judged(machine, seen, machine.path, text, alone)
    elif machine.siblings and smaller is not None:
        yield from _found(smaller, text, tree)


def _sorted(breaks: Iterable[Break]) -> list[Break]:
    """In source order, each once."""
    found: dict[tuple, Break] = {}
    for break_ in breaks:
        found.setdefault((break_.op, break_.span), break_)
    return sorted(found.values(), key=lambda b: (b.span, b.op))


def followed(path: str, text: str, tree: ast.Module) -> Machine | None:
    """The abstract run of the file as a program; None where it does not come to an end."""
    machine = _machine(path, text, MOST_STEPS)
    return machine if _deep(lambda: _program(machine, tree)) else None


def _machine(path: str, text: str, budget: int, project: Project | None = None) -> Machine:
    machine = Machine(path, budget, project)
    machine.announced.update(announced(path, text))
    machine.tensorflow = "GradientTape" in text or _fits(text)
    machine.uncalled = NOT_CALLED.search(text) is not None
    return machine


def _fits(text: str) -> bool:
    """Whether Keras may train a model here."""
    return "keras" in text and ".compile(" in text and ".fit(" in text


def _runs(machine: Machine, tree: ast.Module) -> Iterator[tuple[Seen, bool]]:
    """What the program has seen, then each function that is followed alone, with arguments that nobody knows (also True)."""
    yield machine.seen, False
    machine.alone = True
    for seen in _each(machine, _entries(machine, tree)):
        yield seen, True


def _each(machine: Machine, entries: Iterator[Callable[[], None]]) -> Iterator[Seen]:
    """What is seen from each entry, one after the other."""
    for entry in entries:
        machine.seen = Seen(machine.seen.spans, machine.seen.sources, machine.seen.cuts)
        machine.closed, machine.doubt, machine.guarded, machine.log = False, 0, 0, None
        machine.holdings, machine.grad_mode, machine.mode_sites, machine.holding = {}, True, (), 0
        machine.frames, machine.calls = machine.frames[:1], []
        machine.optimized = machine.unstepped = 0
        machine.recording = machine.accessed = 0
        left, machine.budget = machine.budget, STEPS_ALONE
        try:
            entry()
        except Raised as error:
            machine.seen.end = error
        except (Budget, Enough, RecursionError):
            continue
        finally:
            machine.budget = left - STEPS_ALONE + machine.budget
        if machine.budget < 0:
            return
        yield machine.seen


def _untrained(path: str, text: str, tree: ast.Module) -> Iterator[Break]:
    """What a training step would lose in the modules and losses of a file in which nobody trains."""
    from autofix.find.flow import training

    machine = _machine(path, text, STEPS_UNTRAINED)
    if not LOSES.search(text) or not _program(machine, tree):
        return
    for seen in _each(machine, training.steps(machine, tree)):
        for break_ in _judged(machine, seen, path, text, False):
            if not break_.op.startswith(OTHERS):
                yield replace(break_, certainty=Certainty.LIKELY)


def _program(machine: Machine, tree: ast.Module) -> bool:
    from autofix.find.flow.statements import run

    machine.frames.append(Frame({}))
    try:
        run(machine, tree.body)
    except Raised as error:
        machine.seen.end = error
    except Enough:
        pass
    except (Budget, RecursionError):
        return False
    machine.frames = machine.frames[:1]
    return True


def _deep(work: Callable):
    """Deeply nested sources need a deep stack; Python frames take none of C's."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEP))
    try:
        return work()
    finally:
        sys.setrecursionlimit(limit)


# -- functions that nobody calls ------------------------------------------------------------------


def _entries(machine: Machine, tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Calls of those that differentiate and were not reached."""
    env = machine.frames[0].env
    for node in tree.body:
        if not _announces(machine, node) or machine.seen.end is not None and machine.frames[0].env.get(getattr(node, "name", "")) is None:
            continue
        value = env.get(getattr(node, "name", ""))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and type(value) is Func and value.node is node:
            if id(node) not in machine.called:
                yield lambda value=value: _call(machine, value, [])
        elif isinstance(node, ast.ClassDef) and type(value) is Class and value.node is node:
            for inner in node.body:
                method = value.attrs.get(getattr(inner, "name", ""))
                if _announces(machine, inner) and type(method) is Func and id(inner) not in machine.called and method.name != "__init__":
                    yield lambda value=value, method=method: _call(machine, method, [_stranger(machine, value)] if not method.kind else [])


def _announces(machine: Machine, node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and any(
        path == machine.path and node.lineno <= line <= node.end_lineno for path, line in machine.announced
    )


def _call(machine: Machine, function: Func, given: list) -> None:
    from autofix.find.flow import functions

    machine.node = function.node
    arguments = function.node.args
    names = [*arguments.posonlyargs, *arguments.args]
    values = [*given, *(opaque() for _ in names[len(given) :])]
    keywords = {a.arg: opaque() for a in arguments.kwonlyargs}
    functions.call_function(machine, function, values, keywords)


def _stranger(machine: Machine, cls: Class) -> Inst:
    """An object of which only the layers are known: anybody may have set the rest."""
    from autofix.find.flow import functions

    made = Inst(cls)
    machine.node = cls.node
    init = cls.find("__init__")

    def construct() -> int:
        if type(init) is Func:
            names = init.node.args
            functions.call_function(machine, init, [made, *(opaque() for _ in [*names.posonlyargs, *names.args][1:])], {})
        return NEXT

    try:
        machine.guarded += 1
        construct()
    except Raised:
        pass
    finally:
        machine.guarded -= 1
        machine.frames = machine.frames[:1]
    for name, value in list(made.attrs.items()):
        if not (type(value) is Inst and value.module):
            made.attrs[name] = machine.unknown([value])
    made.cls = _foreign(cls)
    return made


def _foreign(cls: Class) -> Class:
    """The class, as one that others may add to."""
    twin = Class(cls.name, cls.node, cls.bases, cls.attrs, cls.scope)
    twin.record, twin.module, twin.foreign = cls.record, cls.module, True
    return twin


# -- judging --------------------------------------------------------------------------------------

HINTS = frozenset(["module:raw-tensor", "module:list", "module:per-call"])
UNSURE = frozenset(["keras:untracked-variable", "tape:taken-early"])
"""What Keras 2 does otherwise, and what hangs on when a model is first called."""
"""Kinds that names and use speak for: strong signs, no proof."""


def _judged(machine: Machine, seen: Seen, path: str, text: str, alone: bool) -> list[Break]:
    machine.alone = alone
    if not signs.speaks(machine, seen):
        return []
    from autofix.find import trace
    from autofix.find.flow import record
    from autofix.find.outline import Outline

    texts, outlines = {path: text}, {}

    def text_of(name: str) -> str:
        if name not in texts:
            texts[name] = machine.project.source(name).text
        return texts[name]

    def outline_of(name: str) -> Outline:
        if name not in outlines:
            outlines[name] = Outline(name, text_of(name))
        return outlines[name]

    read = records.read(record.raw(machine, seen, alone), text_of)
    doubtful = _doubtful(read)
    return [
        replace(b, certainty=Certainty.LIKELY) if alone and b.op in HINTS or b.op in UNSURE or b.span in doubtful else b
        for b in trace.breaks(read, path, outline_of)
    ]


def _doubtful(read: records.Record) -> set[Span | None]:
    """Where hard cuts are blamed that may be idle: what comes of a draw takes part as a number, and beside a rounding
    that lets no gradient through the cut may be meant. Only a run tells."""
    rounded = frozenset().union(*(cut.data for cut in read.cuts if cut.soft and not cut.op.startswith("function:")))
    drawn = [cut.site for cut in read.cuts if records.DRAWN.search(cut.op)]
    after = records.reached(drawn, read.after) - set(drawn) if drawn else frozenset()
    told = {read.span(note["site"]) for note in read.notes if note["what"] == "by value"}
    return told | {read.span(cut.site) for cut in read.cuts if not cut.soft and (cut.data & rounded or cut.site in after)}
