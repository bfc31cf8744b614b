"""The two finders agree: what the flow is certain of, a run shows as the same record."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from autofix import scan
from autofix import source as files
from autofix.source import SourceError
from tests.corpus import observe, programs, shortfall
from tests.flow_recall import NO_RUN, certain_breaks, key, silent, unseen
from tests.mutation.score import all_mutants
from tests.mutation.tf import score as of_tensorflow

LEAST = 0.7
MUTANTS = 60


BY_VALUE = {"create_graph--wasserstein": "the last bias drops out of a difference of means: only its value shows that"}
"""Programs where the run names fewer targets, and why the source cannot."""


FRAMEWORKS = ["torch", "tensorflow"]


@pytest.fixture
def run(request, framework):
    """Observes a program of the framework; skips where that is missing."""
    running = request.getfixturevalue("tf_server" if framework == "tensorflow" else "server")
    return lambda path: observe(running, path)


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_certain_findings_are_the_runs_own(framework, run):
    wrong, found, broken = [], 0, 0
    for path in (*programs("before.py", framework), *programs("leave.py", framework)):
        if path.parent.name in BY_VALUE:
            continue
        said = {key(b) for b in certain_breaks(path)}
        shown = {key(b) for b in run(path).breaks}
        wrong += [(path.parent.name, path.name, *extra) for extra in said - shown]
        if path.name == "before.py":
            broken += bool(shown)
            found += bool(said & shown)
    assert not wrong
    assert found >= LEAST * broken


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["leave.py", "after.py"])
def test_sound_programs_have_no_certain_finding(name, framework):
    assert [path for path in programs(name, framework) if certain_breaks(path)] == []


def test_the_table_of_what_only_a_run_sees_is_up_to_date():
    assert NO_RUN.read_text().endswith(f"\n\n{unseen(silent())}\n"), "python -m tests.flow_recall --write"


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_certain_findings_in_mutants_are_the_runs_own(framework, run, tmp_path):
    mutants = all_mutants() if framework == "torch" else of_tensorflow.all_mutants()
    random.Random(5).shuffle(mutants)
    wrong = []
    for mutant in mutants[:MUTANTS]:
        path = Path(tmp_path, f"{mutant.name}.py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(mutant.text, encoding="utf-8")
        said = {key(b) for b in certain_breaks(path)}
        wrong += [(mutant.name, *extra) for extra in said - {key(b) for b in run(path).breaks}]
    assert not wrong


# -- mending without a run -------------------------------------------------------------------------

WISH = SimpleNamespace(mode="write", unsafe=False, likely=False)
IN_PART = {"multi--actor-critic", "multi--losses", "multi--policy", "tf_weight--nothing-to-train"}
"""A second break has no fix that is safe, or is not certain: what is written is right, and not all."""


def mended(path) -> str | None:
    """A program with the fixes that are certain and safe, None where nothing is written."""
    ((_, edits),) = scan.results({str(path): scan.breaks_of(str(path))}, lambda code, break_: True, WISH)
    try:
        return files.apply(files.read(str(path)), edits[str(path)]).text if edits else None
    except SourceError:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["leave.py", "after.py"])
def test_nothing_is_written_into_sound_programs(name, framework):
    assert [path for path in programs(name, framework) if mended(path) is not None] == []


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_written_without_a_run_is_right(framework, run, tmp_path):
    short, full, broken = set(), 0, programs("before.py", framework)
    for path in broken:
        text = mended(path)
        if text is None:
            continue
        new = tmp_path / "mended.py"
        new.write_text(text, encoding="utf-8")
        left = shortfall(run(new).record, run(path.with_name("after.py")).record)
        full += left is None
        short |= set() if left is None else {path.parent.name}
    assert short <= IN_PART
    assert full >= 0.6 * len(broken)
