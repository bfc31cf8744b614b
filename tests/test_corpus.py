"""Every corpus program goes the whole way: broken ones are mended as an expert would, sound ones are left alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autofix.mend.rules import all_rules
from autofix.model import Outcome
from tests.corpus import ROOT, kind, mend, observe, programs, shortfall

KNOWN = {
    line.split(": ", 1)[0]: line.split(": ", 1)[1].strip()
    for line in (Path(__file__).parent / "known_shortfalls.txt").read_text().splitlines()
    if line and not line.startswith("#")
}
"""Folders whose program autofix does not mend as the expert does, with the reason: said aloud, not hidden."""


@pytest.mark.slow
@pytest.mark.parametrize("path", programs("before.py"), ids=lambda path: path.parent.name)
def test_broken_program_is_mended(server, path):
    if path.parent.name in KNOWN:
        pytest.xfail(KNOWN[path.parent.name])
    mended = mend(server, path, unsafe=True)
    assert mended.result.findings, "nothing found"
    verdict = mended.result.verdict
    assert verdict is not None and verdict.outcome == Outcome.PROVED, verdict
    run = mended.observer.observe(mended.texts)
    assert shortfall(run.record, observe(server, path.with_name("after.py")).record) is None
    assert not run.breaks, "the mended program is not left alone"
    for path_ in mended.texts.drafts:
        ast.parse(mended.texts.text(path_))


@pytest.mark.parametrize("path", programs("leave.py") + programs("after.py"), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_sound_program_is_left_alone(server, path):
    run = observe(server, path)
    assert not [note for note in run.record.notes if note["what"] == "internal"]
    assert not run.breaks, [(b.op, b.span.line) for b in run.breaks]


def test_every_rule_has_a_corpus_folder():
    names = {path.name.split("--")[0] for path in ROOT.iterdir() if path.is_dir()}
    assert {rule.name for rule in all_rules()} <= names


def test_every_corpus_folder_is_whole():
    for folder in (path for path in ROOT.iterdir() if path.is_dir()):
        files = {path.name for path in folder.glob("*.py")}
        assert files & {"before.py", "leave.py"}, folder
        assert ("before.py" in files) == ("after.py" in files), folder


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_is_documented(rule):
    for heading in ("What breaks", "Why the fix is right", "When to leave it alone"):
        assert heading in rule.documentation, heading
    assert rule.advice and rule.summary


def test_the_table_is_up_to_date():
    from tests.tables import README, START, rules_table

    assert rules_table() in README.read_text(), f"run `make tables` to renew what follows {START}"


assert kind
