"""The corpus: where it is, how one of its programs is run, and how two mended programs are compared."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autofix import source as files
from autofix.find.record import Record, is_gradient
from autofix.mend.rules import rule
from autofix.model import FileResult
from autofix.observe import NotRun, Observed, Observer, Program
from autofix.probe.sketch import canonical
from autofix.prove.judge import same_sketch
from autofix.prove.server import ForkServer
from autofix.repair import Repair
from autofix.texts import Texts

ROOT = Path(__file__).resolve().parent.parent / "corpus"
TIMEOUT = 30.0


def programs(name: str, framework: str = "torch") -> list[Path]:
    """All corpus files of that name (``before.py``, ``leave.py``) of a framework, sorted."""
    found = sorted(ROOT.glob(f"*/{name}"))
    return [path for path in found if path.parent.name.startswith("tf_") == (framework == "tensorflow")]


def kind(path: Path) -> str:
    """The codemod that a corpus folder is named for."""
    return path.parent.name.split("--")[0]


@dataclass(frozen=True)
class Mended:
    """What autofix made of one program."""

    result: FileResult
    texts: Texts
    observer: Observer

    @property
    def changed(self) -> bool:
        return bool(self.texts.drafts)


def mend(server: ForkServer, path: Path, unsafe: bool = False, text: str | None = None) -> Mended:
    """Run the whole way on one program. ``text`` stands in for what the file holds."""
    name = os.path.abspath(path)
    source = files.read(name) if text is None else files.decode(name, text.encode())
    observer = Observer(server, Program(name, os.path.dirname(name), timeout=TIMEOUT))
    start = Texts({name: source})
    repair = Repair(observer, start, lambda code, break_: True, unsafe)
    result = repair.result()
    texts = start
    if repair.edits:
        new = {p: files.apply(start.source(p), edits) for p, edits in repair.edits.items()}
        texts = Texts({**start.sources, **new})
        # The files on the disk stay as they are: the mended text is laid over them.
        from autofix.mend.draft import Draft

        texts = Texts(start.sources, {p: Draft(p, start.source(p).text).edited(e) for p, e in repair.edits.items()})
    return Mended(result, texts, observer)


def observe(server: ForkServer, path: Path) -> Observed:
    """One run of a program as it stands. Raises NotRun."""
    name = os.path.abspath(path)
    return Observer(server, Program(name, os.path.dirname(name), timeout=TIMEOUT)).observe(Texts())


def gradients(record: Record) -> dict[str, dict]:
    """The gradients the program comes to see first: by name, from its reads and steps, else from its roots."""
    seen: dict[str, dict] = {}
    for want in record.wants:
        if want.satisfied and want.root >= 0:
            seen.setdefault(canonical(want.name), want.grad)
    for root in record.roots:
        for index, sketch in root.gradients.items():
            if is_gradient(sketch):
                seen.setdefault(canonical(record.sources[index].name), sketch)
    return seen


def shortfall(mended: Record, expert: Record) -> str | None:
    """How the gradients of two programs differ; None where the first has all that the second has."""
    mine, wanted = gradients(mended), gradients(expert)
    left = dict(mine)
    for name, sketch in wanted.items():
        if name in mine:
            if not same_sketch(mine[name], sketch, 2e-3):
                return f"{name}: gradient of norm {mine[name]['norm']:.5g} instead of {sketch['norm']:.5g}"
            left.pop(name, None)
        elif not any(_alike(other, sketch) for other in left.values()):
            return f"{name}: no gradient"
    return None


def _alike(one: dict, other: dict) -> bool:
    """Equal values under another name (projections depend on the name)."""
    size = max(one["norm"], other["norm"], 1e-12)
    return one["shape"] == other["shape"] and abs(one["norm"] - other["norm"]) <= 2e-3 * size


@cache
def is_unsafe(name: str) -> bool:
    """Whether a kind's fixes need ``--unsafe-fixes``: its codemod says so in its module (``UNSAFE = True``)."""
    known = rule(name)
    return known is not None and "unsafe" in known.documentation.lower().split("when to leave it alone")[0]


__all__ = ["NotRun", "gradients", "is_unsafe", "kind", "mend", "observe", "programs", "shortfall"]
